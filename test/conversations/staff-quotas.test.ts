import { beforeAll, describe, expect, it } from 'vitest'
import { spoken } from '../../core/platform/ids.ts'
import type { Channel } from './channel.ts'
import { STAFF_CHANNELS } from './channels/all.ts'
import { begins, buy, fill, order } from './steps.ts'
import { expectWording } from './wording.ts'

describe.each(STAFF_CHANNELS)('quotas and trust in the hands of the staff on $name', ({ open, languages }) => {
  let channel: Channel
  beforeAll(async () => {
    channel = await open()
  })

  it.each(languages)('shows the quotas and changes one by asking, in %s', async (language) => {
    const { program } = channel
    const owner = await channel.join('owner', { owner: true, language })
    const greeted = program.shown.length
    const { staff } = owner
    const { levelNames, quotaFields } = staff
    await owner.say('/staff')
    await owner.see(staff.last24Hours)
    await owner.press(staff.quotasButton)
    const all = await owner.see(staff.quotasTitle)
    const restricted = { openOrders: 1, openUnits: 5, productUnits: 5, stockPercent: 10, alwaysUnits: 2 }
    expect(all.text).toContain(`${levelNames.restricted}${staff.levelLine(restricted)}`)
    await owner.press(levelNames.trusted as string)
    const highest = await owner.see(staff.levelNeeds(10, 5))
    expect(highest.text).toContain(staff.levelOpen(5, 2000, 1000))
    expect(highest.text).toContain(staff.levelStock(100, 200))
    await owner.press(staff.quotasButton)
    await owner.see(staff.quotasTitle)
    await owner.press(levelNames.restricted as string)
    await owner.see(staff.levelLowest)
    const lowest = await owner.see(({ buttons }) => buttons.includes(quotaFields.alwaysUnits.name))
    expect(lowest.buttons).not.toContain(quotaFields.minPaid.name)
    await owner.press(staff.quotasButton)
    await owner.see(staff.quotasTitle)
    await owner.press(levelNames.returning as string)
    await owner.see(({ buttons }) => buttons.includes(quotaFields.stockPercent.name))
    await owner.press(quotaFields.stockPercent.name)
    await owner.see(quotaFields.stockPercent.ask)
    await owner.say('a lot')
    const again = await owner.see(staff.problems['quota.value']?.('') as string)
    expect(again.text).toContain(quotaFields.stockPercent.ask)
    await owner.say('40%')
    const set = await owner.see(staff.quotaSet(levelNames.returning as string, quotaFields.stockPercent.name, '40%'))
    expect(set.text).toContain(staff.levelStock(40, 50))
    await owner.say('/quotas RETURNING stockpercent 75')
    await owner.see(staff.levelStock(75, 50))
    await owner.say('/quotas returning stockPercent')
    await owner.see(staff.fieldNow('75%'))
    for (const [said, problem] of [
      ['/quotas friend', 'quota.level'],
      ['/quotas friend colour 5', 'quota.level'],
      ['/quotas new colour', 'quota.field'],
      ['/quotas new colour 5', 'quota.field'],
      ['/quotas restricted minPaid 5', 'quota.field'],
      ['/quotas new openOrders 0', 'quota.value'],
    ] as const) {
      await owner.say(said)
      await owner.see(staff.problems[problem]?.('') as string)
    }
    expectWording(program.shown.slice(greeted), owner.chat, language, FIGURES)
  })

  it.each(languages)('shows how a buyer stands and puts them on a level, in %s', async (language) => {
    const { program } = channel
    const boss = await channel.join('boss', { owner: true, language })
    const greeted = program.shown.length
    const alice = await channel.join('alice')
    const product = await program.product(60, { limit: '60' })
    await program.shop.risk.setLimit('operator', 'fresh-bulk', 'off')
    const { staff } = boss
    const { levelNames } = staff
    await fill(alice, product, 2)
    const no = await order(alice)
    await boss.say(`/order ${no}`)
    const shown = await boss.see(staff.standing(1, 2, 0, 0))
    expect(shown.text).toContain(staff.trustLevelAuto(levelNames.new as string))
    await boss.press(staff.trustButton(levelNames.new as string))
    await boss.see(staff.trustAsk)
    await boss.press(levelNames.trusted as string)
    const set = await boss.see(staff.trustSet(levelNames.trusted as string))
    expect(set.text).toContain(staff.trustLevel(levelNames.trusted as string))

    // All of the stock but what the first order keeps: as new, half of it would be too much.
    await fill(alice, product, 58)
    await order(alice)
    await boss.say(`/trust ${no}`)
    await boss.see(staff.standing(2, 60, 0, 0))
    await boss.press(staff.trustAuto)
    const auto = await boss.see(staff.trustSetAuto)
    expect(auto.text).toContain(staff.trustLevelAuto(levelNames.new as string))
    await boss.say(`/trust ${no} Restricted`)
    await boss.see(staff.trustSet(levelNames.restricted as string))
    const other = await program.product(5)
    await fill(alice, other)
    await alice.press(begins(alice.t.checkout('')))
    await alice.see(alice.t.refused.too_many_open(1))
    await boss.say(`/trust ${no} auto`)
    await boss.see(staff.trustSetAuto)

    await boss.say(`/trust ${no} friend`)
    const unknown = await boss.see(staff.problems['quota.level']?.('') as string)
    expect(unknown.text).toContain(staff.trustAsk)
    expect(unknown.buttons).toEqual([
      ...Object.values(levelNames),
      staff.trustAuto,
      staff.openOrder(spoken(no.replace('-', ''))),
    ])
    await boss.say('/trust ZZZZ-ZZZZ trusted')
    await boss.see(staff.orderUnknown)
    await boss.say('/trust')
    await boss.see(staff.askOrderNo)
    expectWording(program.shown.slice(greeted), boss.chat, language, [product.name, 'alice', ...FIGURES])
  })

  it('tells who has paid, and nothing of this to a stranger', async () => {
    const bob = await channel.join('bob')
    const boss = await channel.join('chief', { owner: true })
    const { no } = await buy(bob, await channel.program.product(2))
    await boss.say(`/order ${no}`)
    const trust = boss.staff.trustButton(boss.staff.levelNames.returning as string)
    await boss.see(({ buttons }) => buttons.includes(trust))
    await boss.press(trust)
    const shown = await boss.see(boss.staff.standing(0, 0, 1, 0))
    expect(shown.text).toContain(boss.staff.trustLevelAuto(boss.staff.levelNames.returning as string))
    for (const [word, argument] of [
      ['quotas', 'new openUnits 1000'],
      ['trust', `${no} trusted`],
    ] as const) {
      await bob.say(`/${word} ${argument}`)
      await bob.see(bob.t.unknownCommand(word))
    }
    if (bob.can.buttons)
      for (const forged of ['s-quotas', 's-quota-set:new:openUnits', `s-trust-set:${no.replace('-', '')}:trusted`]) {
        await bob.forge(forged)
        await bob.see(bob.t.oldButton)
      }
    await boss.say(`/order ${no}`)
    await boss.see(({ buttons }) => buttons.includes(trust))
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})

/** As they are typed. */
const FIGURES = ['openOrders', 'openUnits', 'productUnits', 'stockPercent', 'alwaysUnits', 'minPaid', 'maxExpired']
