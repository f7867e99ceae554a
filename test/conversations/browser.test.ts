import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TEXTS } from '../../bots/dialogue/locales/texts.ts'
import { findBrowser, launchBrowser, openChat, press, say } from '../bots/web/browser.ts'
import { openWeb, type WebChannel } from './channels/web.ts'
import { maskOf } from './steps.ts'

const { reason } = findBrowser()
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const

describe.skipIf(reason !== undefined)(`a first sale in a browser${reason ? ` (skipped: ${reason})` : ''}`, () => {
  let channel: WebChannel
  let browser: Browser | undefined
  beforeAll(async () => {
    channel = await openWeb()
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  it.each([
    ['desktop', 'en'],
    ['phone', 'zh'],
  ] as const)('goes from the shelf to the keys on a %s in %s', async (size, language) => {
    const t = TEXTS[language].buyer
    const product = await channel.program.product(3)
    const page = await openChat(browser as Browser, channel.url, {
      viewport: SIZES[size],
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
    })
    const shot = shooter(page, `${size}-${language}`)
    const see = (text: string) => page.getByText(text).last().waitFor()
    await see(t.homeHint)
    await shot('home')
    await say(page, product.name)
    await press(page, product.name)
    await see(t.stock(t.levels.few))
    await shot('product')
    await press(page, t.buy)
    await page.getByRole('button', { name: '2', exact: true }).click()
    await see(t.basketTitle)
    await shot('basket')
    await press(page, t.checkout(''))
    await see(t.orderState(t.states.awaiting_payment))
    await press(page, t.sandboxPay)
    const [first = '', second = ''] = product.codes
    await see(maskOf(first))
    expect(await page.content()).not.toContain(first)
    await shot('masked')
    await press(page, t.reveal)
    await page.locator(`text=${first}`).waitFor({ state: 'attached' })
    expect(await page.content()).toContain(second)
    await shot('keys')
    await press(page, t.copyKey(1, 2))
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(first)
    await press(page, t.hideKeys)
    await see(t.revealAgain)
    await expect.poll(() => page.content()).not.toContain(first)
    await page.reload()
    await see(t.revealAgain)
    expect(await page.content()).not.toContain(first)
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  })
})

/** Takes pictures into KEYTILL_SHOTS, when that is set. */
function shooter(page: Page, name: string): (step: string) => Promise<void> {
  const { KEYTILL_SHOTS: folder } = process.env
  return async (step) => {
    if (!folder) return
    await mkdir(folder, { recursive: true })
    await page.screenshot({ path: join(folder, `${name}-${step}.png`) })
  }
}
