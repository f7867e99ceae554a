import { beforeAll, describe, expect, it } from 'vitest'
import type { Stocked } from '../stand/shop.ts'
import type { Channel, Chatter } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import type { TelegramChatter } from './channels/telegram.ts'
import { begins, buy, expectUnseen, fill, holds, order, orderIn, reveal } from './steps.ts'
import { expectWording } from './wording.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
  'base64',
)

describe.each(CHANNELS)('the staff on $name', ({ open }) => {
  let channel: Channel
  let boss: Chatter
  let serial = 0
  beforeAll(async () => {
    channel = await open()
    boss = await channel.join('boss', { owner: true })
  })

  /** A product added in the chat, that can be bought on this channel. */
  const add = async (by = boss): Promise<string> => {
    const sku = `S${++serial}`
    await by.say(`/product add ${sku} | Name ${sku} | 9.90 | 50`)
    await by.see(by.staff.productAdded(sku))
    return sku
  }
  const keysOf = (sku: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${sku}KEY-${String(index).padStart(5, '0')}-END`)
  /** Asserts that no message with these keys stands in the chat, or that its writer was asked to delete it. */
  const expectDeleted = async (by: Chatter, keys: readonly string[]): Promise<void> => {
    const own = by.own()
    if (by.can.delete) expect(own?.filter((text) => keys.some((key) => text.includes(key)))).toEqual([])
    else await by.see(by.staff.deleteYourself)
  }

  it.each(['en', 'zh'] as const)('adds a product step by step and sets every field, in %s', async (language) => {
    const { program } = channel
    const owner = await channel.join('owner', { owner: true, language })
    const greeted = program.shown.length
    const { staff, t } = owner
    const sku = language === 'en' ? 'GUIDED' : 'GUIDED2'
    await owner.say('/staff')
    await owner.see(staff.last24Hours)
    await owner.press(staff.products)
    await owner.see(({ buttons }) => buttons.includes(staff.addProduct))
    await owner.press(staff.addProduct)
    await owner.see(staff.addSku)
    await owner.say('no spaces please!')
    await owner.see(staff.badSku)
    await owner.say(sku.toLowerCase())
    await owner.see(staff.addName(sku))
    await owner.say('A thing')
    await owner.see(staff.addPrice(sku, 'CNY'))
    await owner.say('a lot')
    await owner.see(staff.badPrice)
    await owner.say('9.90')
    await owner.see(staff.addStars(sku))
    await owner.say('50')
    await owner.see(staff.productAdded(sku))
    const fields: [string, string, string][] = [
      ['name.en', 'A thing', 'A thing'],
      ['name.zh', '一样东西', ''],
      ['description', 'D-E-S-C', 'D-E-S-C'],
      ['redeem', 'R-E-D', 'R-E-D'],
      ['validity', 'V-A-L', 'V-A-L'],
      ['support', 'S-U-P', 'S-U-P'],
      ['category', 'C-A-T', 'C-A-T'],
      ['price', '12.34', '12.34'],
      ['stars', '77', '77'],
      ['limit', '7', '7'],
      ['format', 'pair', 'pair'],
      ['shelf', 'off', staff.shelf(staff.off)],
      ['shelf', 'on', staff.shelf(staff.on)],
      ['demo', 'on', staff.demo(staff.on)],
    ]
    for (const [field, value, shown] of fields) {
      await owner.say(`/product set ${sku} ${field} ${value}`)
      expect((await owner.see(/CNY|¥|★/)).text).toContain(shown)
    }
    for (const [field, value] of [
      ['price', 'free'],
      ['limit', '0'],
      ['format', '['],
    ] as const) {
      await owner.say(`/product set ${sku} ${field} ${value}`)
      await owner.see(({ text }) => text.includes(staff.productFields[field].ask))
    }
    await owner.say(`/product set ${sku} colour red`)
    await owner.see(/colour|color|字段|field/i)
    await owner.say(`/product ${sku}`)
    await owner.see(staff.limit(7))
    await owner.press(staff.change)
    await owner.see(({ buttons }) => buttons.includes(staff.productFields.price.name))
    await owner.press(staff.productFields.price.name)
    await owner.see(staff.productFields.price.ask)
    await owner.say('5')
    await owner.see(staff.fieldSet(staff.productFields.price.name))
    await owner.press(staff.takeOff)
    await owner.see(staff.shelf(staff.off))
    await owner.press(staff.putOn)
    await owner.see(staff.shelf(staff.on))
    await owner.sendFile('box.png', PNG, `/product set ${sku} picture`)
    await owner.see(staff.pictureSet)
    if (channel.can.invoice) await owner.say(`/product set ${sku} demo off`)
    await owner.say(`/start p_${sku}`)
    await (channel.can.pictures ? owner.see(({ picture }) => picture === true) : owner.see('V-A-L'))
    for (const [said, answer] of [
      ['/stock', staff.stockTitle],
      [`/stock ${sku}`, staff.stockCounts(0, 0, 0)],
      ['/stock NONE', staff.unknownSku('NONE')],
      ['/held', staff.noHeld],
      ['/risk', staff.riskTitle],
      ['/import', staff.importChoose],
      ['/freeze', staff.keyAsk],
      ['/ticket 999', staff.ticketUnknown],
      ['/refund K7MQ-4XD2', staff.orderUnknown],
      ['/order', staff.askOrderNo],
      ['/cancel', t.homeHint],
    ] as const) {
      await owner.say(said)
      await owner.see(answer)
    }
    expectWording(program.shown.slice(greeted), owner.chat, language, ['A thing', '一样东西'])
  })

  it('imports keys from three pasted messages, once', async () => {
    const sku = await add()
    const keys = keysOf(sku, 9)
    const { staff } = boss
    await boss.say(`/import ${sku}\n${keys.slice(0, 3).join('\n')}`)
    await boss.see(staff.previewNew(3))
    await expectDeleted(boss, keys)
    await boss.say(keys.slice(3, 6).join('\n'))
    await boss.see(staff.previewNew(6))
    await expectDeleted(boss, keys)
    await boss.say([...keys.slice(6), keys[0] ?? ''].join('\n'))
    const preview = await boss.see(staff.previewNew(9))
    expect(preview.text).toContain(staff.previewDuplicates(1))
    await expectDeleted(boss, keys)
    await boss.press(staff.confirmImport(9))
    await boss.see(staff.resultAdded(9))
    await boss.say(`/stock ${sku}`)
    await boss.see(staff.stockCounts(9, 0, 0))
    expectUnseen(channel.program.shown, keys)
  })

  it('imports a file of a thousand lines and names the bad ones', async () => {
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
    await expectDeleted(boss, keys)
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
    await expectDeleted(boss, [sold])
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

  it('is unknown to a stranger', async () => {
    const product = await channel.program.product(1)
    const mallory = await channel.join('mallory')
    const { t, can } = mallory
    const words = [
      'staff',
      'product',
      'import',
      'stock',
      'freeze',
      'unfreeze',
      'void',
      'held',
      'approve',
      'reject',
      'refund',
      'resend',
      'risk',
      'ticket',
    ]
    for (const word of words) {
      await mallory.say(`/${word} ${product.sku}`)
      await mallory.see(t.unknownCommand(word))
    }
    await mallory.say('/shop set closed gone')
    await mallory.see(holds(t.allProducts))
    await mallory.sendFile('keys.csv', Buffer.from('A-1'), `/import ${product.sku}`)
    await mallory.see(can.captions ? t.fileUnwanted : t.unknownCommand('import'))
    if (!can.buttons) return
    for (const action of [
      's-menu',
      's-profile',
      's-open',
      `s-product:${product.sku}`,
      `s-shelf:${product.sku}:off`,
      's-risk',
    ]) {
      await mallory.forge(action)
      await mallory.see(t.oldButton)
    }
  })

  it('closes the shop and opens it', async () => {
    const product = await channel.program.product(2)
    const alice = await channel.join('alice')
    await fill(alice, product)
    await boss.say('/shop set closed Back at nine.')
    await boss.see('Back at nine.')
    await alice.press(begins(alice.t.checkout('')))
    await alice.see(alice.t.refused.closed('Back at nine.'))
    await alice.say('/start')
    await alice.see(alice.t.closed('Back at nine.'))
    await boss.press(boss.staff.openShop)
    await boss.see(boss.staff.shopIsOpen)
    await boss.say('/shop set name The corner shop')
    await boss.see('The corner shop')
    await alice.say('/start')
    const home = await alice.see(alice.t.welcome('The corner shop'))
    expect(home.text).not.toContain('Back at nine.')
  })

  describe('when a buyer is too quick', () => {
    let product: Stocked
    let alice: Chatter
    /** Buys once more, past the limit. */
    const held = async (): Promise<string> => {
      await fill(alice, product)
      const no = await order(alice)
      boss.sight.act()
      await alice.pay()
      const told = await alice.see(alice.t.notices.delayed(no))
      expect(told.text).toContain(alice.t.heldNote('').split('  ')[0] ?? '')
      const notice = await boss.see(boss.staff.notices.held(no))
      expect(notice.text).toContain(boss.staff.heldBecause)
      expect(notice.text).toMatch(/\d+ orders within an hour \(limit 2\)/)
      return no
    }
    beforeAll(async () => {
      product = await channel.program.product(9)
      alice = await channel.join('alice')
      await boss.say('/risk hourly-orders 2')
      await boss.see(boss.staff.ruleLimit(2))
      await buy(alice, product)
      await buy(alice, product)
    })

    it('delivers what is approved', async () => {
      const no = await held()
      alice.sight.act()
      await boss.press(boss.staff.approve)
      await boss.see(boss.staff.approved)
      const delivered = await alice.see(alice.t.notices.delivered(no))
      expect(delivered.text).toContain('****')
      await boss.say(`/approve ${no}`)
      await boss.see(boss.staff.orderMoved)
    })

    it('gives the money back for what is rejected, and says so', async () => {
      const before = stars(alice)
      const no = await held()
      const { staff } = boss
      await boss.say('/held')
      await boss.see(staff.heldTitle(1))
      await boss.press(begins(no))
      await boss.see(({ buttons }) => buttons.includes(staff.reject))
      await boss.press(staff.reject)
      await boss.see(staff.askRejectReason(no))
      alice.sight.act()
      await boss.say('a stolen card')
      await boss.see(staff.rejected)
      const told = await alice.see(alice.t.notices.refunded(no))
      expect(told.text).not.toContain('stolen')
      expect(told.text).not.toContain('****')
      expect(stars(alice)).toBe(before)
    })

    it('refunds a delivered order after asking, and tells the buyer again when asked to', async () => {
      const { staff } = boss
      const bob = await channel.join('bob')
      const before = stars(bob)
      const { no } = await buy(bob, product)
      bob.sight.act()
      await boss.say(`/resend ${no}`)
      await boss.see(staff.resent)
      await bob.see(bob.t.notices.delivered(no))
      await reveal(bob)
      await boss.say(`/refund ${no} does not work`)
      const asked = await boss.see(staff.refundKeysSeen)
      expect(asked.text).toContain(staff.refundReason('does not work'))
      bob.sight.act()
      await boss.press(begins(staff.refundConfirm('')))
      await boss.see(staff.refundStarted)
      await bob.see(bob.t.notices.refunded(no))
      expect(stars(bob)).toBe(before)
      await boss.say(`/refund ${no} again`)
      await boss.see(staff.cannotRefund(bob.t.states.refunded))
      await bob.say(no)
      const now = await bob.see(orderIn(bob, 'refunded'))
      expect(now.text).not.toContain('****')
      if (bob.can.buttons) {
        await bob.forge(`reveal:${no.replace('-', '')}`)
        await bob.see(bob.t.noKeys)
      }
    })

    /** What a buyer has, where the money is a real one of the channel's. */
    const stars = (chatter: Chatter): number =>
      channel.can.invoice ? (chatter as TelegramChatter).person.stars().balance : 0
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
