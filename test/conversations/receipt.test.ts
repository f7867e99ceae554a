import { beforeAll, describe, expect, it, vi } from 'vitest'
import { readReceipt } from '../../core/audit/receipt.ts'
import { hours } from '../../core/platform/clock.ts'
import type { Stocked } from '../stand/shop.ts'
import type { Channel, Chatter } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import type { Seen } from './sight.ts'
import { buy, fill, handedOver, jsonIn, order } from './steps.ts'
import { expectWording } from './wording.ts'

describe.each(CHANNELS)('a delivery receipt, on $name', ({ open, languages }) => {
  let channel: Channel
  let product: Stocked
  beforeAll(async () => {
    channel = await open()
    product = await channel.program.product(10)
  })

  /** Asks for it once the order's entries are sealed, which takes a moment after the delivery. */
  async function receiptOf(chatter: Chatter, no: string, ask: () => Promise<void>): Promise<Seen> {
    const sealed = async () => expect(await channel.program.shop.audit.receipt(no.replace('-', ''))).toBeDefined()
    await vi.waitFor(sealed, { timeout: 20_000 })
    await ask()
    return chatter.see(({ text }) => text.includes(chatter.t.receiptOf(no)))
  }

  it.each(languages)('is had by button or command, in %s', async (language) => {
    const { program } = channel
    const alice = await channel.join('alice', { language })
    const { t } = alice
    const greeted = program.shown.length
    const { no } = await buy(alice, product)
    const seen = await receiptOf(alice, no, () => alice.press(t.receipt))
    expect(seen.text).toContain(t.receiptWhat)
    const proof = await alice.see((one) => one.file !== undefined || one.text.includes('keytill-receipt-1'))
    const json = jsonIn(await handedOver(alice, program, proof))
    expect(readReceipt(json)?.order).toBe(no.replace('-', ''))
    for (const code of product.codes) expect(json).not.toContain(code)
    await receiptOf(alice, no, () => alice.say(`/receipt ${no}`))
    await alice.press(t.orderTitle(no))
    await alice.see(t.orderState(t.states.delivered))
    await alice.say('/receipt')
    await alice.see(t.askReceiptNo)
    expectWording(program.shown.slice(greeted), alice.chat, language, [product.name])
    expect(program.errors).toEqual([])
  })

  it('is not had before the delivery, nor by anybody else', async () => {
    const [alice, bob] = [await channel.join('alice'), await channel.join('bob')]
    await fill(alice, product)
    const no = await order(alice)
    await alice.say(`/receipt ${no}`)
    await alice.see(alice.t.receiptNone)
    if (channel.can.buttons) {
      await bob.forge(`receipt:${no.replace('-', '')}`)
      await bob.see(bob.t.orderUnknown)
    }
    await bob.say(`/receipt ${no}`)
    await bob.see(bob.t.orderUnknown)
  })

  it('has its root told to the owner once a day', async () => {
    const boss = await channel.join('boss', { owner: true })
    await channel.program.pass(hours(25))
    const { text } = await boss.see(boss.staff.rootHint)
    expect(text).toMatch(/[0-9a-f]{64}/)
  })
})
