import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { connectWeb } from '../../../bots/channels.ts'
import { TEXTS } from '../../../bots/dialogue/locales/texts.ts'
import type { Web } from '../../../bots/web/server.ts'
import type { Order } from '../../../core/orders/model.ts'
import { merchantOf } from '../../../core/payments/providers/wechat-pay/merchant.ts'
import { createWechatPay } from '../../../core/payments/providers/wechat-pay/provider.ts'
import { verifyRows } from '../../../core/payments/providers/wechat-pay/signature.ts'
import { minutes } from '../../../core/platform/clock.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { readSettings } from '../../../core/platform/settings.ts'
import { APP_ID, type FakeWechatPay, fakeKeys, startWechatPay } from '../../fakes/wechat-pay/fake.ts'
import { testClock } from '../../stand/clock.ts'
import { atEnd } from '../../stand/closing.ts'
import { scan } from '../../stand/qr.ts'
import { openShop, type Stand } from '../../stand/shop.ts'
import { findBrowser, launchBrowser, openChat } from './browser.ts'

const en = TEXTS.en.buyer.payPage
const zh = TEXTS.zh.buyer.payPage
const WECHAT =
  'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126 Mobile Safari/537.36 MicroMessenger/8.0.50 NetType/WIFI'
const BUYER = 'oBuyer_0123456789-0123456789'
const OTHER = 'oOther_0123456789-0123456789'

const keys = fakeKeys()
const clock = testClock()
let fake: FakeWechatPay
let stand: Stand
let web: Web
/** who WeChat says has the phone in hand, by the code it gave */
const people = new Map([['code-of-other', OTHER]])
beforeAll(async () => {
  fake = await startWechatPay(keys, clock)
  const login = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://login')
    const isRight =
      pathname === '/sns/oauth2/access_token' &&
      searchParams.get('appid') === APP_ID &&
      searchParams.get('secret') === 'app-secret' &&
      searchParams.get('grant_type') === 'authorization_code'
    const openid = isRight ? people.get(searchParams.get('code') ?? '') : undefined
    response.end(JSON.stringify(openid ? { openid, access_token: 'x' } : { errcode: 40029, errmsg: 'invalid code' }))
  })
  await new Promise<void>((resolve) => login.listen(0, '127.0.0.1', resolve))
  atEnd(async () => void login.close())
  const loginUrl = `http://127.0.0.1:${(login.address() as AddressInfo).port}`
  const settings = {
    ...fake.settings,
    HTTP_PORT: '0',
    TRUST_PROXY: '127.0.0.1',
    WECHAT_APP_SECRET: 'app-secret',
    WECHAT_API_ROOT: loginUrl,
    WECHAT_OAUTH_ROOT: `${loginUrl}/open`,
  }
  const merchant = merchantOf(readSettings(settings))
  if (!merchant) throw new Error('no merchant')
  const wechatPay = createWechatPay(merchant, { clock, log: silentLog, channels: ['test', 'web', 'wechat'] })
  stand = await openShop({ clock, settings, providers: [wechatPay.provider] })
  await stand.shop.profiles.set('operator', 'name', 'Nebula')
  web = await connectWeb(stand.shop, async () => {}, { wechatPay })
})
afterAll(() => web.close())

const urlOf = (order: Order) => `${web.local}/pay/${stand.shop.payments.pages.tokenOf(order.no)}`
/** An order of somebody on WeChat, whose account is this. */
async function ordered(chat = BUYER, channel = 'wechat'): Promise<Order> {
  const product = await stand.product(2)
  const buyer = await stand.meet({ channel })
  return stand.order({ ...buyer, chat }, product.sku)
}
const tell = async (handle: string) =>
  fake.call(`${web.local}/pay/wechat/notify`, fake.draft(fake.pay(handle, undefined)))
let visits = 0
const visit = (url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
  fetch(url, { method, headers: { 'x-forwarded-for': `10.1.0.${++visits % 256}`, ...headers }, redirect: 'manual' })

describe('the address of a payment page', () => {
  it('begins nothing by being looked at, whoever looks', async () => {
    const order = await ordered()
    const before = fake.requests.length
    for (const agent of ['TelegramBot', WECHAT, 'curl']) {
      const answer = await visit(urlOf(order), { 'user-agent': agent, 'accept-language': 'zh' })
      expect(answer.status).toBe(200)
      const page = await answer.text()
      for (const said of ['Nebula', spoken(order.no), '9.90', zh.until(15)]) expect(page).toContain(said)
      expect(page).not.toContain(order.lines[0]?.name)
      expect(page).not.toMatch(/<script>| on\w+="/)
    }
    expect(fake.requests.length).toBe(before)
    expect((await stand.again(order)).reservedUntil).toEqual(order.reservedUntil)
  })

  it('is kept out of caches, frames and search', async () => {
    const { headers } = await visit(urlOf(await ordered()))
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-robots-tag')).toContain('noindex')
    const policy = headers.get('content-security-policy') ?? ''
    for (const rule of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"])
      expect(policy).toContain(rule)
    expect(policy).not.toContain('unsafe')
  })

  it('is not to be guessed, nor bent to another order', async () => {
    const [one, two] = [await ordered(), await ordered()]
    const token = stand.shop.payments.pages.tokenOf(one.no)
    for (const bad of [
      one.no,
      `${two.no}${token.slice(8)}`,
      `${token.slice(0, -1)}${token.endsWith('_') ? '-' : '_'}`,
      'x',
      '%00',
      token.toLowerCase(),
    ]) {
      const answer = await visit(`${web.local}/pay/${bad}`, { 'accept-language': 'en' })
      expect([bad, answer.status]).toEqual([bad, 404])
      expect(await answer.text()).toContain(en.unknownWhy)
      expect((await (await visit(`${web.local}/pay/${bad}/begin`, {}, 'POST')).json()) as object).toEqual({
        state: 'unknown',
      })
    }
  })

  it('says when there is nothing to pay any more', async () => {
    const paid = await ordered()
    await stand.receive(paid)
    const cancelled = await ordered()
    await stand.shop.sale.cancel(cancelled.no, cancelled.customerId)
    const expired = await ordered()
    clock.advance(minutes(31))
    for (const [order, status, words] of [
      [paid, 200, en.paidWhy],
      [cancelled, 410, en.cancelledWhy],
      [expired, 410, en.expiredWhy],
    ] as const) {
      const answer = await visit(urlOf(order), { 'accept-language': 'en' })
      expect(answer.status).toBe(status)
      expect(await answer.text()).toContain(words)
      const { state } = (await (await visit(`${urlOf(order)}/begin`, {}, 'POST')).json()) as { state: string }
      expect(state).toMatch(/paid|cancelled|expired/)
    }
  })

  it('begins nothing for another site, and one payment for the order’s buyer however often', async () => {
    const order = await ordered()
    const begin = (headers: Readonly<Record<string, string>>) =>
      visit(`${urlOf(order)}/begin`, { 'user-agent': WECHAT, ...headers }, 'POST')
    expect((await begin({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    const answers = await Promise.all([begin({}), begin({ 'sec-fetch-site': 'same-origin' })])
    const bridges = await Promise.all(
      answers.map(async (answer) => {
        const { bridge } = (await answer.json()) as { bridge: Record<string, string> }
        return bridge
      }),
    )
    expect(bridges[0]?.package).toBe(bridges[1]?.package)
    const {
      appId = '',
      timeStamp = '',
      nonceStr = '',
      package: prepared = '',
      paySign = '',
      signType,
    } = bridges[0] ?? {}
    expect([appId, signType]).toEqual([APP_ID, 'RSA'])
    expect(verifyRows(keys.merchant.publicKey, paySign, appId, timeStamp, nonceStr, prepared)).toBe(true)
    expect([...fake.transactions.values()].filter((one) => one.out_trade_no.startsWith(order.no))).toMatchObject([
      { openid: BUYER, trade_type: 'JSAPI' },
    ])
  })

  it('asks WeChat who somebody is, when the buyer’s account there is not known', async () => {
    const order = await ordered('wx_mock', 'web')
    const sent = await visit(urlOf(order), { 'user-agent': WECHAT })
    expect(sent.status).toBe(302)
    const to = new URL(sent.headers.get('location') ?? '')
    expect([to.pathname, to.hash]).toEqual(['/open/connect/oauth2/authorize', '#wechat_redirect'])
    expect(to.searchParams.get('scope')).toBe('snsapi_base')
    const path = `/pay/${stand.shop.payments.pages.tokenOf(order.no)}`
    expect(to.searchParams.get('redirect_uri')).toBe(`https://shop.example${path}/back`)
    const state = to.searchParams.get('state') ?? ''
    const cookie = /^[^;]+/.exec(sent.headers.get('set-cookie') ?? '')?.[0] ?? ''
    expect(sent.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Lax; Secure$/)
    const back = (query: string, headers = { cookie, 'user-agent': WECHAT }) =>
      visit(`${web.local}${path}/back?${query}`, headers)
    expect((await back(`code=code-of-other&state=${'0'.repeat(32)}`)).status).toBe(404)
    expect((await back(`code=code-of-other&state=${state}`, { cookie: '', 'user-agent': WECHAT })).status).toBe(404)
    expect((await back(`code=wrong&state=${state}`)).status).toBe(503)
    const known = await back(`code=code-of-other&state=${state}`)
    expect([known.status, known.headers.get('location')]).toEqual([303, `../${path.slice(5)}`])
    const who = known.headers.getSetCookie().find((text) => text.startsWith('keytill-payer=')) ?? ''
    const mine = /^[^;]+/.exec(who)?.[0] ?? ''
    const page = await visit(urlOf(order), { cookie: mine, 'user-agent': WECHAT })
    expect(await page.text()).toContain('data-form="page"')
    await visit(`${urlOf(order)}/begin`, { cookie: mine, 'user-agent': WECHAT }, 'POST')
    expect([...fake.transactions.values()].at(-1)?.openid).toBe(OTHER)
    // Nobody makes such a mark, or takes it to another page.
    const forged = mine.replace(OTHER, BUYER)
    expect((await visit(urlOf(order), { cookie: forged, 'user-agent': WECHAT })).status).toBe(302)
  })
})

const found = findBrowser()
describe.skipIf(!found.path)(
  `the payment page in a browser${found.reason ? ` (${found.reason})` : ''}`,
  { timeout: 30_000 },
  () => {
    let browser: NonNullable<Awaited<ReturnType<typeof launchBrowser>>>
    beforeAll(async () => {
      const launched = await launchBrowser()
      if (!launched) throw new Error('no browser')
      browser = launched
    }, 60_000)
    afterAll(() => browser?.close())
    afterEach(async () => {
      for (const context of browser.contexts()) await context.close()
    })

    /** Inside WeChat: `outcome` is what its bridge says of each payment; what it was handed stands in `window.handed`. */
    async function openInside(
      url: string,
      outcomes: readonly string[],
      options: BrowserContextOptions = {},
    ): Promise<Page> {
      const context = await browser.newContext({
        locale: 'zh-CN',
        userAgent: WECHAT,
        viewport: { width: 390, height: 844 },
        ...options,
      })
      const page = await context.newPage()
      await page.addInitScript((list) => {
        const own = window as unknown as { handed: object[]; closings: number; WeixinJSBridge: object }
        own.handed = []
        own.closings = 0
        const left = [...list]
        // As on a phone it comes a moment after the page.
        setTimeout(() => {
          own.WeixinJSBridge = {
            invoke(name: string, parameters: object, told: (result: { err_msg: string }) => void) {
              own.handed.push({ name, ...parameters })
              setTimeout(() => told({ err_msg: `get_brand_wcpay_request:${left.shift() ?? 'ok'}` }), 20)
            },
            call(name: string) {
              if (name === 'closeWindow') own.closings++
            },
          }
          document.dispatchEvent(new Event('WeixinJSBridgeReady'))
        }, 200)
      }, outcomes)
      await page.goto(url)
      return page
    }
    const handed = (page: Page) => page.evaluate(() => (window as unknown as { handed: { package: string }[] }).handed)

    it('inside WeChat: is pressed, stopped, pressed again, paid, and leads back to the chat', async () => {
      const order = await ordered()
      const page = await openInside(urlOf(order), ['cancel', 'ok'])
      expect(await page.locator('h1:visible').textContent()).toBe('Nebula')
      const button = page.locator('#pay')
      await button.dblclick()
      await page.getByText(zh.stopped).waitFor()
      expect(await handed(page), 'pressed twice is once').toHaveLength(1)
      await page.getByRole('button', { name: zh.again }).click()
      await page.getByText(zh.confirming).waitFor()
      expect(await button.isDisabled()).toBe(true)
      const [first, second] = await handed(page)
      expect(second?.package).toBe(first?.package)
      expect(await tell(second?.package.replace('prepay_id=', '') ?? '')).toBe(204)
      await page.getByText(zh.paidWhy).waitFor()
      expect(await page.locator('[data-state="unpaid"]').isVisible()).toBe(false)
      await page.getByRole('button', { name: zh.close }).click()
      expect(await page.evaluate(() => (window as unknown as { closings: number }).closings)).toBe(1)
      expect((await stand.again(order)).state).toBe('delivered')
    })

    it('inside WeChat, in English: says what to do when it could not be paid, and when the order is over meanwhile', async () => {
      const order = await ordered()
      const page = await openInside(urlOf(order), ['fail'], { locale: 'en-GB' })
      await page.getByRole('button', { name: 'Pay' }).click()
      await page.getByText(en.failed).waitFor()
      expect(await page.getByRole('link', { name: en.asMe }).getAttribute('href')).toMatch(/^\.\/[\w-]{30}\/me$/)
      await stand.shop.sale.cancel(order.no, order.customerId)
      await page.getByText(en.cancelledWhy).waitFor()
      expect(await page.locator('#pay').isVisible()).toBe(false)
    })

    it('elsewhere: shows the code, and that it was paid', async () => {
      const order = await ordered('a chat', 'web')
      const page = await openChat(browser, urlOf(order))
      const code = page.locator('#code[src^="data:"]')
      await code.waitFor()
      await page.getByText(en.scanWhy).waitFor()
      const source = (await code.getAttribute('src')) ?? ''
      const text = await scan(Buffer.from(source.slice(source.indexOf(',') + 1), 'base64'))
      expect(text).toMatch(/^weixin:\/\/wxpay\/bizpayurl\?pr=/)
      await page.reload()
      await code.waitFor()
      expect([...fake.transactions.values()].filter((one) => one.out_trade_no.startsWith(order.no))).toHaveLength(1)
      expect(await tell(text)).toBe(204)
      await page.getByText(en.paidWhy).waitFor()
      expect(await page.locator('#close').isVisible()).toBe(false)
    })

    it('says so when WeChat Pay does not answer, and tries again when asked to', async () => {
      const order = await ordered('a chat', 'web')
      fake.fault(/transactions\/native/, 'system-error')
      const page = await openChat(browser, urlOf(order))
      await page.getByText(en.busy).waitFor()
      await page.getByRole('button', { name: en.again }).click()
      await page.locator('#code[src^="data:"]').waitFor()
      await page.getByText(en.busy).waitFor({ state: 'hidden' })
    })
  },
)
