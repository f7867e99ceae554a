import { afterAll, describe, expect, it } from 'vitest'
import { connectWeb } from '../../bots/channels.ts'
import { merchantOf } from '../../core/payments/providers/wechat-pay/merchant.ts'
import { createWechatPay, type WechatPay } from '../../core/payments/providers/wechat-pay/provider.ts'
import { silentLog } from '../../core/platform/log.ts'
import { readSettings } from '../../core/platform/settings.ts'
import { type FakeWechatPay, fakeKeys, startWechatPay } from '../fakes/wechat-pay/fake.ts'
import { testClock } from '../stand/clock.ts'
import type { Channel, Chatter } from './channel.ts'
import { openWeb } from './channels/web.ts'
import { openWechat } from './channels/wechat.ts'
import { begins, fill, order, orderIn, reveal } from './steps.ts'
import { expectWording } from './wording.ts'

const keys = fakeKeys()
const closing: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closing) await close()
})

async function payOn(): Promise<{ fake: FakeWechatPay; pay: WechatPay }> {
  // As the program's: it stands still.
  const clock = testClock()
  const fake = await startWechatPay(keys, clock)
  const merchant = merchantOf(readSettings(fake.settings))
  if (!merchant) throw new Error('no merchant')
  return { fake, pay: createWechatPay(merchant, { clock, log: silentLog, channels: ['wechat', 'web', 'terminal'] }) }
}

/** What a buyer does once it is paid. */
async function toTheKeys(channel: Channel, alice: Chatter, no: string, codes: readonly string[]): Promise<void> {
  await alice.see(alice.t.notices.delivered(no))
  const { text } = await reveal(alice)
  expect(codes.filter((code) => text.includes(code))).toHaveLength(1)
  expect(channel.program.errors).toEqual([])
}

describe.each(['zh', 'en'] as const)('paying with WeChat Pay, in %s', (language) => {
  it('on the web chat: a code is scanned, and goes when it is paid', async () => {
    const { fake, pay } = await payOn()
    const channel = await openWeb(pay, fake.settings)
    const product = await channel.program.product(3)
    const alice = await channel.join('alice', { language })
    const { t } = alice
    const begin = channel.program.shown.length
    await fill(alice, product)
    const no = await order(alice)
    expect(alice.keysShown()).not.toContain(t.sandboxPay)
    const label = begins(t.payBy['wechat-pay']?.('').trim().split(' ')[0] ?? '')
    await alice.press(label)
    const code = await alice.see(t.payScan['wechat-pay'] ?? '')
    expect(code.picture).toBe(true)
    expect(code.text).toContain('9.90')
    const [begun] = fake.transactions.values()
    const text = begun?.code_url ?? ''
    await alice.press(t.orderTitle(no))
    await alice.see(orderIn(alice, 'awaiting_payment'))
    const transaction = fake.pay(text)
    expect(transaction.amount).toEqual({ total: 990, currency: 'CNY' })
    expect(await fake.call(`${channel.url}/pay/wechat/notify`, fake.draft(transaction))).toBe(204)
    await toTheKeys(channel, alice, no, product.codes)
    await alice.sight.gone(({ text: shown }) => shown.includes(t.payScan['wechat-pay'] ?? ''))
    expectWording(channel.program.shown.slice(begin), alice.chat, language, [product.name])
  })

  it('on WeChat: the order leads to the page, on which it is paid', async () => {
    const { fake, pay } = await payOn()
    const channel = await openWechat(pay, { ...fake.settings, HTTP_PORT: '0' })
    const { program } = channel
    const web = await connectWeb(program.shop, async () => {}, { wechatPay: pay })
    closing.push(web.close)
    const product = await program.product(3)
    const alice = await channel.join('alice', { language })
    await fill(alice, product)
    await alice.press(begins(alice.t.checkout('')))
    const card = await alice.see(orderIn(alice, 'awaiting_payment'))
    const [, path = ''] = /https:\/\/shop\.example(\/pay\/[\w-]{30})(?![\w-])/.exec(card.text) ?? []
    const no = /[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}/.exec(card.text)?.[0] ?? ''
    const page = await fetch(`${web.local}${path}`)
    expect(await page.text()).toContain(no)
    const begun = (await (await fetch(`${web.local}${path}/begin`, { method: 'POST' })).json()) as { picture?: string }
    expect(begun.picture).toMatch(/^data:image\/png/)
    const [transaction] = fake.transactions.values()
    const paid = fake.pay(transaction?.code_url ?? '')
    expect(await fake.call(`${web.local}/pay/wechat/notify`, fake.draft(paid))).toBe(204)
    await toTheKeys(channel, alice, no, product.codes)
    expect((await (await fetch(`${web.local}${path}/state`)).json()) as object).toEqual({ state: 'paid' })
  })
})
