import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Quiet: a test's browser talks to the test's server and to nobody else. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The browser to test with, or why there is none: a suite skips with that reason. */
export function findBrowser(): { readonly path?: string; readonly reason?: string } {
  const path = PLACES.find((place) => existsSync(place))
  return path ? { path } : { reason: `no chromium in ${PLACES.join(', ')}` }
}

/** Starts the browser, without a window; undefined when {@link findBrowser} finds none. */
export async function launchBrowser(): Promise<Browser | undefined> {
  const { path } = findBrowser()
  return path ? chromium.launch({ executablePath: path, headless: true, args: ARGUMENTS }) : undefined
}

/** A buyer of their own with the chat at `url` open: a phone in English unless `options` say otherwise. */
export async function openChat(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    locale: 'en-GB',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  })
  const page = await context.newPage()
  await page.goto(url)
  return page
}

/** Presses the newest button with this label. */
export async function press(page: Page, label: string): Promise<void> {
  await page.locator('.rows .b', { hasText: label }).last().click()
}

/** Types a text and sends it. */
export async function say(page: Page, text: string): Promise<void> {
  await page.locator('#text').fill(text)
  await page.locator('#text').press('Enter')
}
