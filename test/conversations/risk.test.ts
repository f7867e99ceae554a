import { beforeAll, describe, expect, it } from 'vitest'
import { hours } from '../../core/platform/clock.ts'
import type { Stocked } from '../stand/shop.ts'
import type { Channel } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import { begins, buy, fill, order, reveal } from './steps.ts'
import { expectWording } from './wording.ts'

/** Rules are typed in one language, and product names are the test's. */
const RULES = [
  ...'order payment if and then by in challenge captcha contact sms hold deny blocked fresh-bulk first-large small'.split(
    ' ',
  ),
  ...'age paid units amount unit_price orders unpaid returned refunds refund_share probes complaints buyers'.split(' '),
  ...'buyer payer phone group ip device product category channel risk set try NAME RULE'.split(' '),
]

describe.each(CHANNELS)('risk rules on $name', ({ open, languages }) => {
  let channel: Channel
  let product: Stocked
  beforeAll(async () => {
    channel = await open()
    product = await channel.program.product(40)
  })

  it.each(languages)('are shown, changed, undone, switched off and tried, in %s', async (language) => {
    const { program } = channel
    const boss = await channel.join('boss', { owner: true, language })
    const greeted = program.shown.length
    const { staff } = boss
    await boss.say('/risk fresh-bulk on')
    await boss.see(({ buttons }) => buttons.includes(staff.ruleSwitchOff))
    await boss.say('/risk')
    await boss.see(staff.riskTitle)
    await boss.press(staff.ruleLine(staff.ruleLimit(20), staff.ruleNames['fresh-bulk'] as string))
    const shown = await boss.see('order if age < 1d and units > 20 and unit_price < 10 then challenge captcha')
    expect(shown.text).toContain(staff.verdicts.captcha)
    expect(shown.text).toContain(staff.duration.d(1))
    await boss.press(staff.ruleChange('units > 20'))
    await boss.see(({ text }) => text.includes(staff.ruleAsk('', '20').split('\n')[1] ?? ''))
    await boss.say('many')
    await boss.see(staff.ruleProblem(staff.ruleExpected.number as string, 'many'))
    await boss.say('30')
    const changed = await boss.see('age < 1d and units > 30 and unit_price < 10')
    expect(changed.text).toContain(staff.ruleLimit(30))
    await boss.press(staff.ruleUndo)
    await boss.see('units > 20')
    await boss.press(staff.ruleSwitchOff)
    await boss.see(({ text, buttons }) => text.includes(staff.ruleOff) && buttons.includes(staff.ruleSwitchOn))
    await boss.press(staff.ruleSwitchOn)
    await boss.see(({ buttons }) => buttons.includes(staff.ruleSwitchOff))
    await boss.press(staff.ruleTry)
    await boss.see(staff.tryTitle)
    for (const [said, answer] of [
      ['/risk try order if units > 5 then maybe', staff.ruleProblem('challenge / deny', 'maybe')],
      ['/risk try', staff.tryUsage],
      ['/risk try payment if units > 100 then hold', staff.tryResult('hold', 0, 0, 14).split('0')[0] as string],
      ['/risk try hourly-orders', staff.tryTitle],
      ['/risk set Hourly? order if units > 5 then deny', staff.problems['risk.name']?.('') ?? ''],
      ['/risk set small order if unit > 5 then deny', 'unit_price'],
      ['/risk set small order if units > 500 then deny', 'order if units > 500 then deny'],
      ['/risk small off', staff.ruleOff],
      ['/risk small undo', 'order if units > 500 then deny'],
      ['/risk nothing', staff.problems['risk.rule']?.('') ?? ''],
      ['/risk blocked-order 5', 'on / off'],
      ['/risk hourly-orders 2', staff.ruleLimit(2)],
      ['/risk hourly-orders 5', staff.ruleLimit(5)],
    ] as const) {
      await boss.say(said)
      await boss.see(answer)
    }
    await boss.say('/risk small off')
    await boss.see(staff.ruleOff)
    expectWording(program.shown.slice(greeted), boss.chat, language, [...RULES, ...Object.keys(staff.ruleNames)])
  })

  it('challenge and deny a buyer politely, who keeps the basket and can ask for help', async () => {
    const boss = await channel.join('boss', { owner: true })
    const alice = await channel.join('alice')
    for (const [rule, refusal] of [
      ['challenge captcha', alice.t.checkFirst],
      ['deny', alice.t.refused.denied],
    ] as const) {
      await boss.say(`/risk set small order if product in ${product.sku} then ${rule}`)
      await boss.see(`then ${rule}`)
      await fill(alice, product)
      await alice.press(begins(alice.t.checkout('')))
      const refused = await alice.see(refusal)
      expect(refused.text).not.toContain('small')
      await alice.press(alice.t.support)
      await alice.see(alice.t.askSupport)
      await alice.say('/cancel')
      await alice.see(alice.t.homeHint)
    }
    await boss.say('/risk small off')
    await boss.see(boss.staff.ruleOff)
    await fill(alice, product)
    await order(alice)
  })

  it.each(languages)(
    'leave what they stopped to be seen, and staff spare a buyer the checks, in %s',
    async (language) => {
      const { program } = channel
      const boss = await channel.join('boss', { owner: true, language })
      const greeted = program.shown.length
      const dora = await channel.join('dora', { language })
      const { staff } = boss
      await boss.say(`/risk set small order if product in ${product.sku} then challenge captcha`)
      await boss.see('then challenge captcha')
      await fill(dora, product, 2)
      await dora.press(begins(dora.t.checkout('')))
      await dora.see(dora.t.checkFirst)

      await boss.say('/refused')
      const list = await boss.see(`${product.sku} × 2`)
      expect(list.text).toContain(staff.refusedOutcomes.challenge)
      expect(list.text).toContain(
        staff.conditionSeen(staff.factNames.kinds.product, product.sku, staff.oneOf(product.sku)),
      )
      const [known] = await program.stand.rows<{ id: number }>(
        'SELECT customer_id AS id FROM identity WHERE chat = $1',
        [dora.chat],
      )
      await boss.press(new RegExp(`^👤.*\\b${known?.id}\\b`))
      await boss.see(staff.passedNone)
      await boss.press(staff.refusedButton)
      await boss.see(staff.refusedOutcomes.challenge)
      await boss.press(staff.buyerButton)
      await boss.see(staff.passedNone)
      await boss.press(staff.passGive)
      await boss.see(staff.passGiven)
      await fill(dora, product)
      await order(dora)

      await boss.press(staff.passTake)
      await boss.see(staff.passTaken)
      await fill(dora, product)
      await dora.press(begins(dora.t.checkout('')))
      await dora.see(dora.t.checkFirst)
      await boss.say('/risk small off')
      await boss.see(staff.ruleOff)
      expectWording(program.shown.slice(greeted), boss.chat, language, [...RULES, ...Object.keys(staff.ruleNames)])
    },
  )

  it('hold an order for several reasons, which staff read in words', async () => {
    const boss = await channel.join('boss', { owner: true })
    const bob = await channel.join('bob')
    const { staff } = boss
    await boss.say('/risk set small payment if units > 1 and paid < 1 then hold')
    await boss.see('units > 1 and paid < 1')
    await fill(bob, product, 2)
    const no = await order(bob)
    boss.sight.act()
    await bob.pay()
    await bob.see(bob.t.notices.delayed(no))
    const notice = await boss.see(staff.notices.held(no))
    expect(notice.text).toContain(staff.conditionSeen(staff.factNames.figures.units, '2', staff.more('1')))
    expect(notice.text).toContain(staff.conditionSeen(staff.factNames.figures.paid, '0', staff.less('1')))
    await boss.say('/risk small off')
    await boss.see(staff.ruleOff)
    // Nobody decides: the owner has said that it is let go then.
    await boss.say('/shop set overdue approve')
    await boss.see(staff.profileSet(staff.profileFields.overdue.name, 'approve'))
    boss.sight.act()
    bob.sight.act()
    await channel.program.pass(hours(12))
    await channel.program.shop.sale.decideOverdue()
    await bob.see(bob.t.notices.delivered(no))
    await boss.see(staff.notices.overdue(no))
    await boss.say('/shop set overdue never')
    await boss.see(staff.profileFields.overdue.ask)
    await boss.say('leave')
    await boss.see(staff.profileSet(staff.profileFields.overdue.name, 'leave'))
  })

  it('know who asks for other people’s orders, and who finds that keys do not work', async () => {
    const [carol, mallory] = [await channel.join('carol'), await channel.join('mallory')]
    const { no } = await buy(carol, product)
    await mallory.say(`/order ${no}`)
    await mallory.see(mallory.t.orderUnknown)
    await mallory.say('/order 2222-2222')
    await mallory.see(mallory.t.orderUnknown)
    await carol.say(`/order ${no}`)
    await carol.see(({ buttons }) => buttons.includes(carol.t.keyProblem))
    await reveal(carol)
    await carol.say(`/order ${no}`)
    await carol.see(({ buttons }) => buttons.includes(carol.t.keyProblem))
    await carol.press(carol.t.keyProblem)
    await carol.see(carol.t.complainWhy(1))
    await carol.press(carol.t.complainReasons.invalid)
    await carol.see(carol.t.complainSay(carol.can.pictures))
    await carol.say('it does not work')
    await carol.see(/\d/)
    await channel.program.idle()
    const signs = await channel.program.stand.rows(
      `SELECT s.kind, s.subject FROM risk_sign s JOIN identity i ON i.customer_id = s.customer_id WHERE i.chat = ANY($1) ORDER BY s.id`,
      [[carol.chat, mallory.chat]],
    )
    expect(signs).toEqual([
      { kind: 'probe', subject: no.replace('-', '') },
      { kind: 'probe', subject: '22222222' },
      { kind: 'complaint', subject: no.replace('-', '') },
    ])
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
