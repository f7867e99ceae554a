import { beforeAll, describe, expect, it } from 'vitest'
import type { Channel, Chatter } from './channel.ts'
import { STAFF_CHANNELS } from './channels/all.ts'
import { buy, expectUnseen } from './steps.ts'

describe.each(STAFF_CHANNELS)('the keys in the hands of the staff on $name', ({ open }) => {
  let channel: Channel
  let boss: Chatter
  let serial = 0
  beforeAll(async () => {
    channel = await open()
    boss = await channel.join('boss', { owner: true })
  })

  /** A product added in the chat, that can be bought on this channel. */
  const add = async (): Promise<string> => {
    const sku = `S${++serial}`
    await boss.say(`/product add ${sku} | Name ${sku} | 9.90 | 50`)
    await boss.see(boss.staff.productAdded(sku))
    return sku
  }
  const keysOf = (sku: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${sku}KEY-${String(index).padStart(5, '0')}-END`)
  /** Asserts that no message with these keys stands in the chat, or that its writer was asked to delete it. */
  const expectDeleted = async (keys: readonly string[]): Promise<void> => {
    const own = boss.own()
    if (boss.can.delete) expect(own?.filter((text) => keys.some((key) => text.includes(key)))).toEqual([])
    else await boss.see(boss.staff.deleteYourself)
  }

  it('imports keys from three pasted messages, once', async () => {
    const sku = await add()
    const keys = keysOf(sku, 9)
    const { staff } = boss
    await boss.say(`/import ${sku}\n${keys.slice(0, 3).join('\n')}`)
    await boss.see(staff.previewNew(3))
    await expectDeleted(keys)
    await boss.say(keys.slice(3, 6).join('\n'))
    await boss.see(staff.previewNew(6))
    await expectDeleted(keys)
    await boss.say([...keys.slice(6), keys[0] ?? ''].join('\n'))
    const preview = await boss.see(staff.previewNew(9))
    expect(preview.text).toContain(staff.previewDuplicates(1))
    await expectDeleted(keys)
    await boss.press(staff.confirmImport(9))
    await boss.see(staff.resultAdded(9))
    await boss.say(`/stock ${sku}`)
    await boss.see(staff.stockCounts(9, 0, 0))
    expectUnseen(channel.program.shown, keys)
  })

  it('imports a file of a thousand lines and names the bad ones', async () => {
    if (channel.can.uploads === false) return
    const sku = await add()
    const keys = keysOf(sku, 995)
    const { staff } = boss
    await boss.say(`/product set ${sku} format code:XX9KEY-99999-AAA`.replace('XX9', 'X'.repeat(sku.length)))
    await boss.see(sku)
    const lines = [
      ...keys.slice(0, 100),
      'not a key',
      ...keys.slice(100, 500),
      keys[7],
      keys[8],
      ...keys.slice(500),
      'bad',
      keys[9],
    ]
    expect(lines).toHaveLength(1000)
    await boss.sendFile('keys.csv', Buffer.from(lines.join('\r\n')), `/import ${sku}`)
    const preview = await boss.see(staff.previewNew(995))
    expect(preview.text).toContain(staff.previewDuplicates(3))
    expect(preview.text).toContain(staff.onLines(['502–503', '1000'], 0))
    expect(preview.text).toContain(staff.previewMalformed(2))
    for (const line of [101, 999]) expect(preview.text).toContain(staff.malformedLine(line, staff.malformed.format))
    await expectDeleted(keys)
    await boss.press(staff.confirmImport(995))
    await boss.see(staff.resultAdded(995))
    expectUnseen(channel.program.shown, keys)
    // The same file again has nothing new.
    await boss.sendFile('keys.csv', Buffer.from(lines.join('\n')), `/import ${sku}`)
    await boss.see(staff.previewNothing)
    await boss.press(staff.dropImport)
    await boss.see(staff.importDropped)
  })

  it('freezes, unfreezes and voids a key by its text and by its place in an order', async () => {
    const product = await channel.program.product(4)
    const [code = '', sold = ''] = product.codes
    const { staff } = boss
    const alice = await channel.join('alice')
    const { no } = await buy(alice, product)
    await boss.say(`/freeze ${sold}`)
    await boss.see(staff.keyFrozen)
    await expectDeleted([sold])
    await boss.say(`/stock ${product.sku}`)
    expect((await boss.see(staff.stockCounts(2, 0, 1))).text).toContain(staff.stockFrozen(1))
    await boss.say(`/unfreeze ${sold}`)
    await boss.see(staff.keyUnfrozen)
    await boss.say(`/unfreeze ${sold}`)
    await boss.see(staff.keyNotFrozen)
    await boss.say(`/freeze ${no} 1 looks odd`)
    expect((await boss.see(staff.keyFrozenSold(no))).text).toContain(staff.keyReason('looks odd'))
    await boss.press(staff.unfreeze)
    await boss.see(staff.keyUnfrozen)
    await boss.say(`/void ${no} 1`)
    await boss.see(staff.voidSold(no))
    await boss.press(staff.voidReasons.faulty ?? '')
    await boss.see(staff.keyVoided)
    await boss.say(`/void ${sold}`)
    await boss.see(staff.voidTitle)
    await boss.press(staff.voidReasons.leaked ?? '')
    await boss.see(staff.keyVoided)
    await boss.say(`/stock ${product.sku}`)
    await boss.see(/2 available/)
    await boss.say(`/freeze ${code.toLowerCase()}-never`)
    await boss.see(staff.keyUnknown)
    expectUnseen(
      channel.program.shown.filter(({ chat }) => chat === boss.chat),
      product.codes,
    )
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
