import { beforeAll, describe, expect, it } from 'vitest'
import type { Channel, Chatter } from './channel.ts'
import { STAFF_CHANNELS } from './channels/all.ts'
import { begins, fill, holds } from './steps.ts'
import { expectWording } from './wording.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
  'base64',
)

describe.each(STAFF_CHANNELS)('the staff on $name', ({ open, languages }) => {
  let channel: Channel
  let boss: Chatter
  beforeAll(async () => {
    channel = await open()
    boss = await channel.join('boss', { owner: true })
  })

  it.each(languages)('adds a product step by step and sets every field, in %s', async (language) => {
    const { program } = channel
    const owner = await channel.join('owner', { owner: true, language })
    const greeted = program.shown.length
    const { staff } = owner
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
    if (channel.can.invoice) {
      await owner.say(`/product set ${sku} demo off`)
      await owner.see(/CNY|¥|★/)
    }
    const { asBuyer } = owner
    await asBuyer.say(`/start p_${sku}`)
    await (channel.can.pictures ? asBuyer.see(({ picture }) => picture === true) : asBuyer.see('V-A-L'))
    for (const [said, answer] of [
      ['/stock', staff.stockTitle],
      [`/stock ${sku}`, staff.stockCounts(0, 0, 0)],
      ['/stock NONE', staff.unknownSku('NONE')],
      ['/held', staff.noHeld],
      ['/risk', staff.riskTitle],
      ['/import', staff.importChoose],
      ['/freeze', staff.keyAsk],
      ['/ticket 999', staff.ticketUnknown],
      ['/tickets', staff.ticketsNone(staff.ticketFilters.waiting)],
      ['/refund K7MQ-4XD2', staff.orderUnknown],
      ['/order', staff.askOrderNo],
      ['/cancel', owner.home],
    ] as const) {
      await owner.say(said)
      await owner.see(answer)
    }
    // How a rule is typed is the same in every language.
    const typed = staff.riskHint.split('\n')
    expectWording(program.shown.slice(greeted), owner.chat, language, ['A thing', '一样东西', ...typed])
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
      'key',
      'batch',
      'answers',
      'claims',
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

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
