import { beforeAll, describe, expect, it } from 'vitest'
import { minutes } from '../../core/platform/clock.ts'
import type { Stocked } from '../stand/shop.ts'
import type { Channel } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import type { Program } from './program.ts'
import { begins, buy, choose, expectUnseen, handedOver, holds, maskOf, order, orderIn, reveal } from './steps.ts'
import { expectWording } from './wording.ts'

const REDEEM = { 'redeem.en': 'Type it at the till.', 'redeem.zh': '在收银台输入。' }

const minuteOf = ({ stand }: Program): string => stand.clock().toISOString().slice(14, 16)

describe.each(CHANNELS)('a first sale on $name', ({ open }) => {
  let channel: Channel
  let product: Stocked
  beforeAll(async () => {
    channel = await open()
    product = await channel.program.product(30, { category: 'ONE', ...REDEEM })
    await channel.program.product(1, { category: 'TWO' })
  })

  it.each(['en', 'zh'] as const)('goes from the shelf to the keys and back to them later, in %s', async (language) => {
    const { program, can } = channel
    const alice = await channel.join('alice', { language })
    const { t } = alice
    const greeted = program.shown.length

    await alice.press(t.shop)
    await alice.see(t.categories)
    await alice.press(begins('ONE ('))
    await alice.see('ONE')
    await alice.press(holds(product.name))
    const page = await alice.see(product.name)
    expect(page.text).toContain(t.stock(t.levels.plenty))
    expect(page.text).toContain(language === 'zh' ? REDEEM['redeem.zh'] : REDEEM['redeem.en'])
    await alice.press(t.buy)
    await choose(alice, 2)
    const basket = await alice.see(t.basketTitle)
    expect(basket.text).toContain(`${product.name} × 2`)
    expect(basket.text).toContain(can.invoice ? '★ 100' : '19.80')
    const no = await order(alice)
    await alice.pay()
    const delivered = await alice.see(t.notices.delivered(no))

    expect(delivered.text).toContain(t.neverRevealed)
    const masks = delivered.text.split('\n').filter((line) => line.includes('****'))
    expectUnseen(
      program.shown.filter(({ chat }) => chat === alice.chat),
      product.codes,
    )

    const first = await reveal(alice)
    const keys = product.codes.filter((code) => first.text.includes(code))
    expect(keys).toHaveLength(2)
    expect(masks).toEqual(keys.map(maskOf))
    if (can.spoiler) expect(first.spoilers).toEqual(keys)
    if (can.copy) expect(first.copies).toEqual(keys)
    await alice.press(t.hideKeys)
    const hidden = await alice.see(maskOf(keys[0] ?? ''))
    for (const key of keys) expect(hidden.text).not.toContain(key)
    if (can.edit) expect(alice.sight.all().filter(({ text }) => keys.some((key) => text.includes(key)))).toEqual([])
    expect(alice.keysShown()).toContain(t.revealAgain)

    const clock = { from: minuteOf(program), to: '' }
    program.stand.clock.advance(minutes(1))
    clock.to = minuteOf(program)
    await reveal(alice)
    await alice.press(t.hideKeys)
    const where = t.channels[channel.name] ?? ''
    const shownAt = (minute: string) => t.revealedAt(`2026-06-01 08:${minute} UTC`, where)
    await alice.see(({ text }) => text.includes(shownAt(clock.from)) && text.includes(shownAt(clock.to)))

    await alice.say('/orders')
    await alice.see(t.ordersTitle)
    await alice.press(begins(no))
    await alice.see(orderIn(alice, 'delivered'))
    await alice.say(`/order ${no.toLowerCase()}`)
    await alice.see(orderIn(alice, 'delivered'))
    await alice.say(no)
    await alice.see(orderIn(alice, 'delivered'))

    expectWording(program.shown.slice(greeted), alice.chat, language, [product.name])
  })

  it('keeps an order to who placed it', async () => {
    const { program, can } = channel
    const [alice, mallory] = [await channel.join('alice'), await channel.join('mallory')]
    const { no } = await buy(alice, product)
    const before = program.shown.length
    const bare = no.replace('-', '')
    if (can.buttons) {
      await mallory.forge(`reveal:${bare}`)
      await mallory.see(({ toast, text }) => toast === true && text === mallory.t.orderUnknown)
      for (const verb of ['order', 'invoice', 'pay-sandbox', 'cancel-order', 'problem', 'again']) {
        await mallory.forge(`${verb}:${bare}`)
        await program.idle()
      }
      for (const forged of [
        `s-approve:${bare}`,
        `s-refund-yes:${bare}`,
        's-menu',
        'garbage',
        '💣',
        ':::',
        'x'.repeat(200),
      ]) {
        await mallory.forge(forged)
        await mallory.see(mallory.t.oldButton)
      }
    }
    for (const text of [no, `/order ${no}`, bare.toLowerCase(), `/refund ${no}`, '99', '0']) {
      await mallory.say(text)
      await mallory.see(() => true)
    }
    await program.idle()
    const told = program.shown.slice(before).filter(({ chat }) => chat === mallory.chat)
    expect(told.length).toBeGreaterThan(5)
    const own = told.map(({ text }) => text).join('\n')
    expect(own).not.toContain('****')
    expect(own).not.toContain(`${product.name} ×`)
    expect(own).not.toContain(mallory.t.states.delivered)
    expect((await program.stand.again({ no: bare })).state).toBe('delivered')
    expect((await program.stand.again({ no: bare })).reveals).toEqual([])
  })

  it('hands over 200 keys as a file with 200 lines', async () => {
    const { program } = channel
    // A new buyer may keep half of what there is.
    const many = await program.product(400, { limit: '200' })
    const alice = await channel.join('alice')
    // Nobody asks somebody new who they are, nor looks at so large an order.
    for (const rule of ['hourly-units', 'fresh-bulk', 'first-large', 'fresh-amount'])
      await program.shop.risk.setLimit('operator', rule, 'off')
    const { delivered } = await buy(alice, many, 200)
    expect(delivered.text).toContain(alice.t.moreKeys(190))
    const text = await handedOver(alice, program, await reveal(alice))
    const lines = text.split(/\s+/).filter((word) => word.startsWith(`${many.sku}-`))
    expect(lines).toHaveLength(200)
    expect(new Set(lines)).toEqual(new Set(many.codes.slice(0, 200)))
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
