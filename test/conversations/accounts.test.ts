import { beforeAll, describe, expect, it } from 'vitest'
import { minutes } from '../../core/platform/clock.ts'
import { formatMoney } from '../../core/platform/money.ts'
import type { Stocked } from '../stand/shop.ts'
import type { Chatter } from './channel.ts'
import type { TelegramChatter } from './channels/telegram.ts'
import { openTelegramWithWeb, openWechatWithWeb, type TwoChannels } from './channels/with-web.ts'
import { begins, fill, holds, order } from './steps.ts'
import { expectWording } from './wording.ts'

const cases = [
  { name: 'Telegram', open: openTelegramWithWeb, language: 'zh' },
  { name: 'Telegram', open: openTelegramWithWeb, language: 'en' },
  { name: 'WeChat', open: openWechatWithWeb, language: 'zh' },
  { name: 'WeChat', open: openWechatWithWeb, language: 'en' },
] as const

describe.each(cases)('one person on $name and the web, in $language', ({ name, open, language }) => {
  let two: TwoChannels
  let phone: Chatter
  let page: Chatter
  /** one that the phone can buy in its usual way, and one that on the web has no other way than the wallet */
  let usual: Stocked
  let product: Stocked
  let second: string
  let bought: string
  let begin = 0
  const words = () => phone.t.accounts
  const plain = (no: string) => no.replace('-', '')
  beforeAll(async () => {
    two = await open()
    phone = await two.join('other', 'ann', language)
    page = await two.join('web', 'ann', language)
    begin = two.program.shown.length
    product = await two.program.product(9)
    usual = await two.program.product(9, phone.can.invoice ? { stars: '50' } : { demo: 'on' })
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
    await fill(phone, usual)
    bought = await order(phone)
    await stand.receive({ no: plain(bought), total: usual.price }, { amount: usual.price * 2 })
    await phone.see(phone.t.notices.delivered(bought))

    await askOnPage()
    await page.see(words().previewTitle)
    await page.press(words().yes)
    await page.see(words().done)
    await phone.see(words().notices.linked(phone.t.channels.web ?? ''))
    // Nobody becomes staff by an account that somebody else may have had linked.
    const { code } = await two.program.shop.staff.invite('operator', 'support', minutes(60))
    await page.say(`/claim ${code}`)
    await page.see(page.t.claimLinked)

    await page.press(page.t.myOrders)
    await page.see(({ buttons }) => buttons.some((label) => holds(bought).test(label)))
    await page.say('/wallet')
    await page.see(page.t.walletBalance(formatMoney(product.price, 'CNY', language)))
    await fill(page, product)
    second = await order(page)
    await page.press(begins(page.t.payFromWallet('')))
    await page.see(page.t.notices.delivered(second))
    await phone.say(`/order ${second}`)
    await phone.see(phone.t.orderTitle(second))
    await phone.say('/wallet')
    await phone.see(phone.t.walletEmpty)
  })

  const isTelegram = name === 'Telegram'
  it.runIf(isTelegram)(
    `is told on the other account when the chat of an order is gone${isTelegram ? '' : ' (only Telegram says so)'}`,
    async () => {
      const { person } = phone as TelegramChatter
      person.block()
      page.sight.act()
      await two.program.shop.sale.resend('operator', plain(bought))
      await page.see(page.t.notices.delivered(bought))
      person.unblock()
    },
  )

  it('goes two ways again when an account is unlinked: what was bought stays with the other', async () => {
    await page.say('/link')
    await page.see(words().code)
    await page.press(begins(words().unlink(phone.t.channels.web ?? '')))
    await page.see(words().leaveWhat[0] ?? '')
    await page.press(words().leaveYes)
    await page.see(holds(words().left('#').split('#').at(-1) ?? ''))
    await page.say('/orders')
    await page.see(page.t.noOrders)
    await phone.say('/orders')
    await phone.see(({ buttons }) => buttons.length > 2)
    // News of what was bought on the page goes to who has it now, and to nobody else.
    const before = two.program.shown.length
    phone.sight.act()
    await two.program.shop.sale.resend('operator', plain(second))
    await phone.see(phone.t.notices.delivered(second))
    const since = two.program.shown.slice(before)
    expect(since.filter(({ chat }) => chat === page.chat)).toEqual([])
    expect(two.program.errors).toEqual([])
    for (const chatter of [phone, page])
      expectWording(two.program.shown.slice(begin), chatter.chat, language, [
        product.name,
        usual.name,
        'Telegram',
        'ann',
        '/link',
      ])
  })
})
