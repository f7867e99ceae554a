import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectWeb } from '../../../bots/channels.ts'
import { TEXTS } from '../../../bots/dialogue/locales/texts.ts'
import type { Web } from '../../../bots/web/server.ts'
import type { Order } from '../../../core/orders/model.ts'
import { hours, minutes } from '../../../core/platform/clock.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'
import { findBrowser, launchBrowser, openChat } from './browser.ts'
import { openStand } from './stand.ts'

const en = TEXTS.en.buyer.linkPage
const zh = TEXTS.zh.buyer.linkPage
const FROM_PAGE = { 'sec-fetch-site': 'same-origin' }

let stand: Stand
let web: Web
beforeAll(async () => {
  stand = await openShop({ settings: { HTTP_PORT: '0', TRUST_PROXY: '127.0.0.1' } })
  await stand.shop.profiles.set('operator', 'name', 'Nebula')
  web = await connectWeb(stand.shop, async () => {}, {})
})
afterAll(() => web.close())

interface Linked {
  readonly buyer: Buyer
  readonly order: Order
  readonly token: string
  readonly url: string
}

/** A link to an order of these keys. */
async function linked(keys: readonly string[], fields: Readonly<Record<string, string>> = {}): Promise<Linked> {
  const product = await stand.product(0, fields)
  await stand.stock(product, keys)
  const buyer = await stand.meet()
  const order = await stand.bought(buyer, product.sku, keys.length)
  const { token } = await stand.shop.delivery.links.make(order, buyer)
  return { buyer, order, token, url: `${web.local}/k/${token}` }
}

let visits = 0
/** Each from an address of its own, so that nobody is too fast. */
const visit = (url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
  fetch(url, { method, headers: { 'x-forwarded-for': `10.0.0.${++visits % 256}`, ...headers }, redirect: 'manual' })
const press = (url: string, headers: Readonly<Record<string, string>>) => visit(url, headers, 'POST')
const cookieOf = (answer: Response): string => /^[^;]+/.exec(answer.headers.get('set-cookie') ?? '')?.[0] ?? ''
const revealsOf = async (order: Order) => (await stand.again(order)).reveals

/** How those who preview what is sent in chats and mails call themselves. */
const ROBOTS = [
  'TelegramBot (like TwitterBot)',
  'WhatsApp/2.23.20.0',
  'Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/116 Mobile MicroMessenger/8.0.42 WeChat',
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
]

describe('before it is opened', () => {
  it('a link can be looked at by any robot, which learns nothing and opens nothing', async () => {
    const { order, url } = await linked(['SECRET-0001'])
    for (const agent of ROBOTS)
      for (const method of ['GET', 'HEAD']) {
        const answer = await visit(url, { 'user-agent': agent }, method)
        expect(answer.status).toBe(200)
        const page = await answer.text()
        expect(page).not.toMatch(/SECRET|og:|twitter:|description/)
        for (const hidden of [order.no, spoken(order.no), order.lines[0]?.name ?? ''])
          expect(page).not.toContain(hidden)
        if (method === 'GET') expect(page).toContain(`<title>${en.title}</title>`)
      }
    expect(await revealsOf(order)).toEqual([])
    expect(await stand.shop.delivery.links.newest(order)).toMatchObject({ state: 'unopened' })
  })

  it('says in the reader’s language from which shop it is and until when it is good', async () => {
    const { url } = await linked(['LANGUAGE-1'])
    for (const [accept, language, words] of [
      ['zh-CN,zh;q=0.9,en;q=0.8', 'zh', zh],
      ['en-GB,en;q=0.9,zh;q=0.1', 'en', en],
      ['fr, zh-TW;q=0.5, en;q=0', 'zh', zh],
      ['fr', 'en', en],
      ['', 'en', en],
    ] as const) {
      const page = await (await visit(url, { 'accept-language': accept })).text()
      expect(page).toContain(`<html lang="${language}">`)
      for (const said of [words.ready('Nebula'), words.readyOnce, words.readySave(10), words.open, '2026-06-08 '])
        expect(page).toContain(said)
    }
  })

  it('is kept out of caches, frames, search and referrers', async () => {
    const { url, token } = await linked(['HEADERS-1'])
    const { headers } = await visit(url)
    for (const [name, value] of Object.entries({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow, noarchive, nosnippet',
      'x-content-type-options': 'nosniff',
      'content-type': 'text/html; charset=utf-8',
    }))
      expect([name, headers.get(name)]).toEqual([name, value])
    const policy = headers.get('content-security-policy') ?? ''
    for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"])
      expect(policy).toContain(rule)
    expect(policy).not.toMatch(/unsafe|https?:|connect-src|sandbox/)
    expect(headers.get('set-cookie')).toMatch(
      new RegExp(`^keytill-link=[\\w-]{43}; Path=/k/${token}; Max-Age=3600; HttpOnly; SameSite=Strict$`),
    )
    for (const part of ['link.css', 'link.js', 'paper.css', 'icon.svg', 'dom.js'])
      expect((await visit(`${web.local}/${part}`)).status).toBe(200)
  })
})

describe('the press of its button', () => {
  it('opens it once, for the browser that pressed; any other is told when', async () => {
    const { order, url, token } = await linked(['PRESS-0001', 'PRESS-0002,pass<word>'])
    const [mine, theirs] = [cookieOf(await visit(url)), cookieOf(await visit(url))]
    expect(mine).not.toBe(theirs)
    const pressed = await press(url, { ...FROM_PAGE, cookie: mine })
    expect([pressed.status, pressed.headers.get('location')]).toEqual([303, `./${token}`])
    expect(pressed.headers.get('set-cookie')).toContain('; Max-Age=600; ')
    const page = await (await visit(url, { cookie: mine })).text()
    for (const shown of ['PRESS-0001', 'PRESS-0002', 'pass&#60;word&#62;', spoken(order.no), en.shownFor(10)])
      expect(page).toContain(shown)
    expect(await revealsOf(order)).toMatchObject([{ channel: 'link', units: 2 }])

    for (const answer of [
      await press(url, { ...FROM_PAGE, cookie: theirs }),
      await press(url, FROM_PAGE),
      await visit(url, { cookie: theirs }),
      await visit(url),
    ]) {
      expect(answer.status).toBe(410)
      const told = await answer.text()
      expect(told).not.toMatch(/PRESS-/)
      for (const said of [en.opened, en.notYou, en.notYouBuyer, en.again, 'UTC</time>']) expect(told).toContain(said)
    }
    expect(await revealsOf(order)).toHaveLength(1)
  })

  it('is not lost with its answer, for ten minutes and in that browser', async () => {
    const { order, url } = await linked(['LOST-0001'])
    const cookie = cookieOf(await visit(url))
    // Nothing of the answer, not even its cookie, is used.
    await (await press(url, { ...FROM_PAGE, cookie })).body?.cancel()
    stand.clock.advance(minutes(10) - 1)
    expect(await (await visit(url, { cookie })).text()).toContain('LOST-0001')
    expect((await press(url, { ...FROM_PAGE, cookie })).status).toBe(303)
    stand.clock.advance(1)
    const late = await visit(url, { cookie })
    expect(late.status).toBe(410)
    expect(await late.text()).not.toContain('LOST-0001')
    expect(await revealsOf(order)).toHaveLength(1)
  })

  it('shows the keys at once to a browser without cookies', async () => {
    const { url } = await linked(['COOKIELESS-1'])
    const answer = await press(url, FROM_PAGE)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('COOKIELESS-1')
    expect((await visit(url)).status).toBe(410)
    expect(await (await visit(url, { cookie: cookieOf(answer) })).text()).toContain('COOKIELESS-1')
  })

  it('comes from our own page, or opens nothing', async () => {
    const { order, url } = await linked(['FOREIGN-0001'])
    const cookie = cookieOf(await visit(url))
    for (const headers of [
      { 'sec-fetch-site': 'cross-site', cookie },
      { 'sec-fetch-site': 'same-site', cookie },
      { 'sec-fetch-site': 'none', cookie },
      {},
      { cookie: 'keytill-link=short' },
    ] as const) {
      const answer = await press(url, headers)
      expect(answer.status).toBe(403)
      expect(await answer.text()).toContain(en.foreign)
    }
    expect(await revealsOf(order)).toEqual([])
    // An older browser, or one on an address without https, says nothing of where it comes from.
    expect((await press(url, { cookie, 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(303)
    expect(await revealsOf(order)).toHaveLength(1)
  })
})

it('says what is wrong with a link, in both languages, to those who look and those who press', async () => {
  const { buyer, order, url: revoked } = await linked(['WRONG-0001'])
  await stand.shop.delivery.links.revoke(order, buyer)
  const { url: expired } = await linked(['WRONG-0002'])
  stand.clock.advance(hours(24 * 7))
  const refunded = await linked(['WRONG-0003'])
  await stand.shop.sale.refund('staff', refunded.order.no, 'complaint')
  const rubbish = ['x', 'a'.repeat(43), 'a'.repeat(99), '%00', '%E5%8D%A1', '<b>'].map(
    (token) => `${web.local}/k/${token}`,
  )
  for (const [url, state, status] of [
    [revoked, 'revoked', 410],
    [expired, 'expired', 410],
    ...rubbish.map((url) => [url, 'unknown', 404] as const),
  ] as const)
    for (const [language, words] of Object.entries({ zh, en }))
      for (const method of ['GET', 'POST']) {
        const answer = await visit(url, { ...FROM_PAGE, 'accept-language': language }, method)
        expect([url, answer.status]).toEqual([url, status])
        const page = await answer.text()
        expect(page).toContain(words[state])
        expect(page).toContain(words[`${state}Why`])
        expect(answer.headers.get('set-cookie')).toBeNull()
      }
  const answer = await press(refunded.url, FROM_PAGE)
  expect(answer.status).toBe(410)
  expect(await answer.text()).toContain(en.withheldWhy)
  expect(await revealsOf(refunded.order)).toEqual([])
})

it('shows what belongs to the keys: how to redeem them, those that are scanned, and many as one text', async () => {
  const redeem = 'Type {order} <here>'
  const scanned = await linked(['LPA:1$smdp.example.com$ONE'], { format: 'qr', 'redeem.en': redeem })
  const page = await (await press(scanned.url, FROM_PAGE)).text()
  expect(page).toContain(`Type ${spoken(scanned.order.no)} &#60;here&#62;`)
  expect(page).toMatch(/<img alt="QR" src="data:image\/png;base64,iVBORw/)
  expect(page).not.toContain('<pre')
  const codes = Array.from({ length: 11 }, (_, n) => `TOGETHER-${100 + n}`)
  const many = await (await press((await linked(codes)).url, FROM_PAGE)).text()
  expect(/<pre hidden>\n([^<]*)</.exec(many)?.[1]?.trim().split('\r\n')).toEqual(codes)
})

it('slows down who asks too often, and answers with a page when the shop cannot', async () => {
  const token = 'a'.repeat(43)
  let fails = true
  const own = await openStand(async () => {}, {
    publicUrl: 'https://shop.example/till',
    now: () => new Date(0),
    links: {
      look: async () => {
        if (fails) throw new Error('the database is away')
        return { state: 'unopened', expiresAt: new Date(0) }
      },
      open: async () => ({ state: 'unknown' }),
      shopName: async () => 'Nebula',
      goods: () => Promise.reject(new Error('not asked for')),
    },
  })
  const url = `${own.local}/k/${token}`
  const failed = await visit(url)
  expect(failed.status).toBe(503)
  expect(failed.headers.get('retry-after')).toBe('2')
  expect(await failed.text()).toContain(en.busy)
  expect(own.complaints).toHaveLength(1)
  expect(JSON.stringify(own.complaints)).not.toContain(token)
  fails = false
  // Under the public address, and over https alone.
  expect((await visit(url)).headers.get('set-cookie')).toMatch(
    /; Path=\/till\/k\/a+; Max-Age=3600; HttpOnly; SameSite=Strict; Secure$/,
  )
  const answers = await Promise.all(Array.from({ length: 60 }, () => press(url, FROM_PAGE)))
  expect(answers.filter(({ status }) => status === 404)).toHaveLength(58)
  const slowed = answers.find(({ status }) => status === 429)
  expect(Number(slowed?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  expect(slowed?.headers.get('x-robots-tag')).toContain('noindex')
  await own.close()
})

it('there are no links where nobody offers them', async () => {
  const bare = await openStand(async () => {})
  expect((await visit(`${bare.local}/k/${'a'.repeat(43)}`)).status).toBe(404)
  await bare.close()
})

type Browser = NonNullable<Awaited<ReturnType<typeof launchBrowser>>>
const found = findBrowser()

describe.skipIf(!found.path)(`in a browser${found.reason ? ` (${found.reason})` : ''}`, { timeout: 30_000 }, () => {
  let browser: Browser
  beforeAll(async () => {
    const launched = await launchBrowser()
    if (!launched) throw new Error('no browser')
    browser = launched
  }, 60_000)
  afterAll(() => browser?.close())

  it('opens by a press, copies, and shows the keys again until the minutes are over', async () => {
    const { order, url } = await linked(['BROWSER-01,pin 1', 'BROWSER-02,pin 2'])
    const page = await openChat(browser, url, { timezoneId: 'Asia/Shanghai' })
    const told = await page.locator('time').innerText()
    expect(told).toMatch(/ UTC \(.+, your time\)$/)
    await page.getByRole('button', { name: en.open }).click()
    await page.getByText('BROWSER-02').waitFor()
    await page.getByRole('button', { name: en.copy }).nth(3).click()
    await page.getByRole('button', { name: en.copied }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('pin 2')
    await page.reload()
    await page.getByText('BROWSER-01').waitFor()
    await page.goBack()
    await page.getByText('BROWSER-01').waitFor()

    const other = await openChat(browser, url, { locale: 'zh-CN' })
    await other.getByText(zh.opened).waitFor()
    await other.getByRole('button', { name: zh.again }).click()
    await other.getByText(zh.notYou).waitFor()
    expect(await other.locator('body').innerText()).not.toContain('BROWSER-')
    await other.context().close()

    stand.clock.advance(minutes(10))
    await page.reload()
    await page.getByText(en.opened).waitFor()
    expect(await page.locator('body').innerText()).not.toContain('BROWSER-')
    expect(await revealsOf(order)).toHaveLength(1)
    await page.context().close()
  })

  it('shows the keys again after a tap on the link elsewhere', async () => {
    const { url } = await linked(['ELSEWHERE-1'])
    const page = await openChat(browser, url)
    await page.getByRole('button', { name: en.open }).click()
    await page.getByText('ELSEWHERE-1').waitFor()
    // Another site: the cookie does not come along, and the page's own button brings it.
    await page.goto(`data:text/html,<a href="${url}">link</a>`)
    await page.getByText('link').click()
    await page.getByRole('button', { name: en.again }).click()
    await page.getByText('ELSEWHERE-1').waitFor()
    await page.context().close()
  })

  it('works without scripts', async () => {
    const { url } = await linked(['SCRIPTLESS-1'])
    const page = await openChat(browser, url, { javaScriptEnabled: false })
    await page.getByRole('button', { name: en.open }).click()
    await page.getByText('SCRIPTLESS-1').waitFor()
    expect(await page.getByRole('button').count()).toBe(0)
    await page.context().close()
  })

  it('saves many keys as a file', async () => {
    const codes = Array.from({ length: 12 }, (_, n) => `SAVED-${100 + n}`)
    const { order, url } = await linked(codes)
    const page = await openChat(browser, url)
    await page.getByRole('button', { name: en.open }).click()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: en.save }).click()
    const file = await download
    expect(file.suggestedFilename()).toBe(`keytill-${spoken(order.no)}.txt`)
    const chunks: Buffer[] = []
    for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString()).toBe(`\uFEFF${codes.join('\r\n')}\r\n`)
    await page.getByRole('button', { name: en.copyAll }).click()
    await page.getByRole('button', { name: en.copied }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`${codes.join('\n')}\n`)
    await page.context().close()
  })
})
