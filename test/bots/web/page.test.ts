import { createServer, type Server } from 'node:http'
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ChatEvent } from '../../../bots/dialogue/channel.ts'
import { findBrowser, launchBrowser, openChat, press, say } from './browser.ts'
import { SCRIPT_KEY, scriptedShop } from './script.ts'
import { openStand, type Stand } from './stand.ts'

type Browser = NonNullable<Awaited<ReturnType<typeof launchBrowser>>>
const found = findBrowser()

describe.skipIf(!found.path)(
  `the page in a browser${found.reason ? ` (${found.reason})` : ''}`,
  { timeout: 30_000 },
  () => {
    let browser: Browser
    let web: Stand
    let wait: Promise<void> | undefined
    const events: ChatEvent[] = []
    const elsewhere: Server[] = []

    beforeAll(async () => {
      const launched = await launchBrowser()
      if (!launched) throw new Error('no browser')
      browser = launched
      web = await openStand(
        async (event, opened) => {
          events.push(event)
          await wait
          await scriptedShop(event, opened)
        },
        { name: async () => 'Pinewood Digital', publicUrl: 'http://localhost' },
      )
    }, 60_000)
    afterAll(async () => {
      await browser?.close()
      await web?.close()
    })
    afterEach(async () => {
      wait = undefined
      events.length = 0
      for (const context of browser.contexts()) await context.close()
      for (const server of elsewhere.splice(0)) server.close()
    })

    const texts = () => events.map(({ content }) => (content.kind === 'text' ? content.text : content.kind))

    it('greets, and changes a message in place when a button is pressed', async () => {
      const page = await openChat(browser, web.local)
      await press(page, 'Browse the shop')
      await page.getByText('All products').waitFor()
      expect(await page.locator('.message').count()).toBe(1)
      expect(await page.locator('.rows .row').last().locator('.b').allInnerTexts()).toEqual(['‹', 'Back', '›'])
      expect(await page.title()).toBe('Pinewood Digital')
      expect(texts()).toEqual(['/start', 'press'])
    })

    it('shows a key once: covered, to be copied, and gone after a reload', async () => {
      const page = await openChat(browser, web.local)
      for (const label of ['Browse', 'Nebula', 'Buy now', 'Reveal']) await press(page, label)
      await page.locator('.spoiler').click()
      expect(await page.locator('.spoiler.shown').textContent()).toBe(SCRIPT_KEY)
      const picture = page.locator('img.picture')
      await expect.poll(() => lookOf(picture)).toEqual({ width: 320, position: expect.stringMatching(/px 0px$/) })
      await picture.focus()
      await page.keyboard.press('Enter')
      await expect.poll(() => lookOf(picture)).toEqual({ width: 320, position: '50% 50%' })
      expect(await picture.getAttribute('role')).toBe(null)
      await press(page, 'Copy the key')
      await page.locator('.copied').waitFor()
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(SCRIPT_KEY)
      await page.reload()
      await page.locator('.gone .command', { hasText: '/orders' }).waitFor()
      expect(await page.content()).not.toContain(SCRIPT_KEY)
    })

    it('shows what a person typed as text, whatever it is', async () => {
      const page = await openChat(browser, web.local)
      await page.locator('.rows').waitFor()
      await say(page, '<img src=x onerror=alert(1)><b>x</b>')
      await page.locator('.message.shop').nth(1).waitFor()
      expect(await page.locator('.message.shop').nth(1).textContent()).toContain('<img src=x onerror=alert(1)><b>x</b>')
      expect(await page.locator('.message img, .message b').count()).toBe(0)
    })

    it('takes a button pressed twice for pressed once', async () => {
      const page = await openChat(browser, web.local)
      await page.locator('.rows').waitFor()
      let answer = () => {}
      wait = new Promise((resolve) => {
        answer = resolve
      })
      await page.locator('.b', { hasText: 'Browse' }).dblclick()
      await page.locator('.b', { hasText: 'Browse' }).click()
      await page.locator('.b.busy').waitFor()
      answer()
      await page.getByText('All products').waitFor()
      expect(texts()).toEqual(['/start', 'press'])
    })

    it('sends what the address asks for, once, and clears the address', async () => {
      const page = await openChat(browser, `${web.local}/?p=nebula-1&src=blog#claim=ONCE`)
      await expect.poll(texts).toEqual(['/start p_nebula-1_src_blog', '/claim ONCE'])
      expect(page.url()).toBe(`${web.local}/`)
      expect(await page.locator('.message.me').count()).toBe(0)
      await page.reload()
      await page.locator('.message').first().waitFor()
      expect(texts()).toHaveLength(2)
    })

    it('sends a command that is tapped, and fetches a file', async () => {
      const page = await openChat(browser, web.local)
      for (const label of ['Browse', 'Nebula', 'Buy now']) await press(page, label)
      await page.locator('.command', { hasText: '/orders' }).click()
      const download = page.waitForEvent('download')
      await page.locator('button.file').click()
      expect((await download).suggestedFilename()).toBe('orders-2026-11.csv')
    })

    it('sends a file with its caption', async () => {
      const page = await openChat(browser, web.local)
      await page.locator('.rows').waitFor()
      await page
        .locator('#files')
        .setInputFiles([{ name: 'shot.png', mimeType: 'image/png', buffer: Buffer.alloc(5000) }])
      await say(page, 'it does not work')
      await page.getByText('Got shot.png, 5000 bytes.').waitFor()
      expect(events.at(-1)?.content).toMatchObject({ kind: 'picture', caption: 'it does not work' })
    })

    it('says when it is offline, and sends again when asked', async () => {
      const page = await openChat(browser, web.local)
      await page.locator('.rows').waitFor()
      await page.context().setOffline(true)
      await page.locator('[data-state="reconnecting"]').waitFor()
      await page.context().setOffline(false)
      await page.locator('[data-state="online"]').waitFor()
      await page.route('**/chat/events', (route) => route.fulfill({ status: 413, body: '{"code":"web.too_large"}' }))
      await say(page, 'are you there?')
      await page.getByText('That is too large.').waitFor()
      await page.unroute('**/chat/events')
      await page.locator('.again').click()
      await page.getByText('You said').waitFor()
      expect(await page.locator('.message.me').count()).toBe(1)
    })

    it('leaves the reader where they are and says that there is more', async () => {
      const page = await openChat(browser, web.local)
      await page.locator('.rows').waitFor()
      const chat = events[0]?.chat ?? ''
      for (let line = 0; line < 30; line++) await web.channel.send(chat, { text: [`line ${line}`] }, 'notice')
      await page.getByText('line 29').waitFor()
      await page.locator('#scroll').evaluate((element) => element.scrollTo(0, 0))
      await page.locator('#chip').waitFor()
      await web.channel.send(chat, { text: ['the newest'] }, 'notice')
      await page.locator('#chip', { hasText: 'New messages' }).click()
      await page.locator('#chip').waitFor({ state: 'hidden' })
      expect(await page.getByText('the newest').isVisible()).toBe(true)
    })

    it('speaks Chinese to a Chinese browser', async () => {
      const page = await openChat(browser, web.local, { locale: 'zh-CN' })
      await page.getByText('欢迎光临小松数码').waitFor()
      expect(await page.locator('#text').getAttribute('placeholder')).toBe('输入消息')
      expect(events[0]?.person.language).toBe('zh-CN')
    })

    it('opens from a bubble on another site', async () => {
      const script = `<!doctype html><title>x</title><h1>Another site</h1><script src="${web.local}/embed.js"></script>`
      const site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(script))
      elsewhere.push(site)
      await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
      const address = site.address()
      if (typeof address !== 'object' || !address) throw new Error('not listening')
      const page = await openChat(browser, `http://localhost:${address.port}`, {
        viewport: { width: 1000, height: 800 },
      })
      await page.getByLabel('Open the chat').click()
      const chat = page.frameLocator('iframe')
      await chat.getByText('Welcome to Pinewood Digital').waitFor()
      await chat.getByLabel('Close the chat').click()
      await page.locator('iframe').waitFor({ state: 'hidden' })
      await web.channel.send(events[0]?.chat ?? '', { text: ['psst'] }, 'notice')
      await page.getByText('1', { exact: true }).waitFor()
    })
  },
)

/** How wide a picture is, once it is there, and which part of it can be seen. */
const lookOf = (picture: Locator) =>
  picture.evaluate((image) => ({
    width: (image as HTMLImageElement).naturalWidth,
    position: getComputedStyle(image).objectPosition,
  }))
