import { beforeAll, describe, expect, it } from 'vitest'
import { minutes } from '../../core/platform/clock.ts'
import { formatMoney } from '../../core/platform/money.ts'
import type { Stocked } from '../stand/shop.ts'
import type { Chatter } from './channel.ts'
import { openTelegramWithWeb, openWechatWithWeb, type TwoChannels } from './channels/with-web.ts'
import { begins, fill, holds, order, orderIn } from './steps.ts'
import { expectWording } from './wording.ts'

const cases = [
  { name: 'Telegram', open: openTelegramWithWeb, language: 'zh' },
  { name: 'Telegram', open: openTelegramWithWeb, language: 'en' },
  { name: 'WeChat', open: openWechatWithWeb, language: 'zh' },
  { name: 'WeChat', open: openWechatWithWeb, language: 'en' },
] as const

describe.each(cases)('one person on $name and the web, in $language', ({ open, language }) => {
  let two: TwoChannels
  let phone: Chatter
  let page: Chatter
  let product: Stocked
  const words = () => phone.t.accounts
  const plain = (no: string) => no.replace('-', '')
  beforeAll(async () => {
    two = await open()
    phone = await two.join('other', 'ann', language)
    page = await two.join('web', 'ann', language)
    product = await two.program.product(9, { stars: '50' })
  })

  /** Has the phone's code typed on the page; resolves with the code. */
  async function askOnPage(): Promise<string> {
    await phone.say('/link')
    const { text } = await phone.see(words().code)
    const [code = ''] = /(?<![\w-])[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}(?![\w-])/.exec(text) ?? []
    await page.say(`/link ${code}`)
    return code
  }

  it('is asked before anything is linked, and may say no', async () => {
    await page.say('/link AAAA-AAAA')
    await page.see(page.t.problems['linking.code']?.('') ?? '?')
    await askOnPage()
    await page.see(words().warning)
    await page.press(words().no)
    await page.see(words().declined)
    const code = await askOnPage()
    await page.see(words().previewTitle)
    // What is said in place of the button is not a yes.
    await page.say('hm')
    await page.see(words().declined)
    await phone.say(`/link ${code}`)
    await phone.see(phone.t.problems['linking.same']?.('') ?? '?')
    two.program.stand.clock.advance(minutes(11))
    await page.say(`/start link_${plain(code)}`)
    await page.see(page.t.problems['linking.code']?.('') ?? '?')
  })

  it('has the orders and the wallet of both on either, and pays for the one out of the other', async () => {
    const { stand } = two.program
    await fill(phone, product)
    const bought = await order(phone)
    await stand.receive({ no: plain(bought), total: product.price }, { amount: product.price * 2 })
    await phone.see(phone.t.notices.delivered(bought))

    await askOnPage()
    await page.see(words().previewTitle)
    await page.press(words().yes)
    await page.see(words().done)
    await phone.see(words().notices.linked(phone.t.channels.web ?? ''))

    await page.press(page.t.myOrders)
    await page.see(({ buttons }) => buttons.some((label) => holds(bought).test(label)))
    await page.say('/wallet')
    await page.see(page.t.walletBalance(formatMoney(product.price, 'CNY', language)))
    await fill(page, product)
    const second = await order(page)
    await page.press(begins(page.t.payFromWallet('')))
    await page.see(orderIn(page, 'delivered'))
    await phone.say(`/order ${second}`)
    await phone.see(orderIn(phone, 'delivered'))
    await phone.say('/wallet')
    await phone.see(phone.t.walletEmpty)
  })

  it('is told on the other account when a chat is gone', async () => {
    const { stand, shop } = two.program
    const no = plain(await (await fill(phone, product), order(phone)))
    const customer = (await shop.orders.byNo(no))?.customerId as number
    const { channel, chat } = (await shop.orders.byNo(no)) as { channel: string; chat: string }
    expect(await shop.linking.isOthers({ customerId: customer, channel, chat })).toBe(false)
    page.sight.act()
    await shop.linking.passOn(
      { kind: 'order', to: { customerId: customer, channel, chat }, event: 'expired', orderNo: no },
      { channel, chat },
    )
    await page.see(page.t.notices.expired(`${no.slice(0, 4)}-${no.slice(4)}`))
    await shop.sale.cancel(no, customer)
    expect(stand.shop).toBe(shop)
  })

  it('goes two ways again when an account is unlinked: what was bought stays with the other', async () => {
    await page.say('/link')
    await page.see(words().code)
    await page.press(begins(words().unlink(phone.t.channels.web ?? '')))
    await page.see(words().leaveWhat[0] ?? '')
    await page.press(words().leaveYes)
    await page.see(words().left(''.padEnd(0)).slice(0, 0) || words().title)
    await page.say('/orders')
    await page.see(page.t.noOrders)
    await phone.say('/orders')
    await phone.see(({ buttons }) => buttons.length > 2)
    expect(two.program.errors).toEqual([])
    for (const chatter of [phone, page])
      expectWording(two.program.shown, chatter.chat, language, [product.name, 'Telegram', 'ann', '/link'])
  })
})
