import { beforeAll, describe, expect, it } from 'vitest'
import { hours } from '../../core/platform/clock.ts'
import type { Stocked } from '../stand/shop.ts'
import type { Channel, Chatter } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import { begins, buy, fill, holds, order, reveal } from './steps.ts'
import { expectWording } from './wording.ts'

describe.each(CHANNELS)('who is blocked on $name', ({ open, languages }) => {
  let channel: Channel
  let product: Stocked
  beforeAll(async () => {
    channel = await open()
    product = await channel.program.product(40)
  })
  const checkout = async (chatter: Chatter) => {
    await fill(chatter, product)
    await chatter.press(begins(chatter.t.checkout('')))
  }
  const idOf = async (chatter: Chatter): Promise<number> => {
    const [row] = await channel.program.stand.rows<{ customer_id: number }>(
      'SELECT customer_id FROM identity WHERE chat = $1',
      [chatter.chat],
    )
    return row?.customer_id ?? 0
  }

  /** What staff see of somebody: not every platform tells a name. */
  const nameOf = async (chatter: Chatter, { staff }: Chatter): Promise<string> => {
    const id = await idOf(chatter)
    return (await channel.program.shop.customers.get(id))?.name ?? staff.nameless
  }

  it.each(languages)('is told so, keeps what they paid for, and gets out by an appeal, in %s', async (language) => {
    const { program } = channel
    const boss = await channel.join('boss', { owner: true, language })
    const greeted = program.shown.length
    const alice = await channel.join('alice', { language })
    const { staff } = boss
    const { no } = await buy(alice, product)
    const id = await idOf(alice)
    const who = staff.buyerName(await nameOf(alice, boss), id)

    // From the order to its buyer, and from there onto the list: first why, then for how long.
    await boss.say(`/order ${no}`)
    await boss.see(({ buttons }) => buttons.includes(staff.buyerButton))
    await boss.press(staff.buyerButton)
    const page = await boss.see(staff.buyerTrouble(0, 0, 0))
    expect(page.text).toContain(staff.buyerNotBlocked)
    expect(page.text).toContain(who)
    await boss.press(staff.buyerOrders)
    await boss.see(({ buttons }) => buttons.some((text) => text.includes(no)))
    await boss.press(staff.buyerButton)
    await boss.see(staff.buyerNotBlocked)
    await boss.press(staff.blockButton)
    await boss.see(staff.blockAsk(who))
    await boss.say('x'.repeat(201))
    await boss.see(staff.reasonTooLong)
    await boss.say(`${language === 'zh' ? '刷单' : 'fraud'} ${product.codes[0]}`)
    const term = await boss.see(staff.blockTerm(who))
    expect(term.text).not.toContain(product.codes[0])
    await boss.press(staff.blockTerms(7))
    const done = await boss.see(staff.blockDone(who))
    expect(done.text).toContain(
      staff
        .blockBy(await nameOf(boss, boss), '')
        .slice(0, -1)
        .trim(),
    )

    // What they paid for stays open to them, and so do questions.
    await checkout(alice)
    const refused = await alice.see(alice.t.blockedStill)
    expect(refused.text).not.toMatch(/刷单|fraud/)
    await alice.say(`/order ${no}`)
    await alice.see(({ text }) => text.includes(no))
    await reveal(alice)
    await alice.say(`/support ${language === 'zh' ? '你好' : 'hello'}`)
    await alice.see(/\d/)
    boss.sight.act()
    await alice.say('/appeal')
    await alice.see(alice.t.appealAsk)
    await alice.say(language === 'zh' ? '我没有' : 'It was not me')
    await alice.see(/\d/)
    const appealed = await boss.see(holds(staff.appealBlocks))
    expect(appealed.text).toMatch(language === 'zh' ? /刷单/ : /fraud/)
    const [, ticket = ''] = /(\d+)/.exec(appealed.text) ?? []
    await alice.say('/appeal')
    await alice.see(alice.t.appealOpen(Number(ticket)))
    await alice.say('/cancel')
    await alice.see(alice.t.homeHint)

    // It stays, with words; the next appeal is heard.
    await boss.press(staff.keepButton)
    await boss.see(staff.keepAsk(Number(ticket)))
    alice.sight.act()
    await boss.say(language === 'zh' ? '证据充分' : 'We are sure')
    await boss.see(staff.kept)
    await alice.see(language === 'zh' ? '证据充分' : 'We are sure')
    boss.sight.act()
    await alice.say('/appeal')
    await alice.see(alice.t.appealAsk)
    await alice.say(language === 'zh' ? '再看看' : 'Please look again')
    await boss.see(holds(staff.appealBlocks))
    await boss.press(begins(staff.unblockButton(0).split('0')[0] ?? ''))
    await boss.see(staff.unblockAsk(who))
    alice.sight.act()
    await boss.say(language === 'zh' ? '搞错了' : 'a mistake')
    await boss.see(staff.unblocked(who))
    await alice.see(alice.t.appealAccepted)
    await alice.say('/appeal')
    await alice.see(alice.t.appealNotBlocked)
    await fill(alice, product)
    await order(alice)
    const log = await program.stand.rows<{ action: string }>(
      `SELECT action FROM audit_entry WHERE action LIKE 'risk.%blocked' AND actor = (SELECT pseudonym::text FROM customer WHERE id = $1) ORDER BY id`,
      [await idOf(boss)],
    )
    expect(log.map(({ action }) => action)).toEqual(['risk.blocked', 'risk.unblocked'])
    expectWording(program.shown.slice(greeted), boss.chat, language, ['alice', 'boss', product.name, ...TYPED])
    expectWording(program.shown.slice(greeted), alice.chat, language, [product.name])
  })

  it('is found by what is typed, runs out by itself, and is never staff', async () => {
    const boss = await channel.join('boss', { owner: true })
    const bob = await channel.join('bob')
    const { staff } = boss
    const id = await idOf(bob)
    const [account] = await channel.program.stand.rows<{ name: string }>(
      `SELECT channel || ':' || external_id AS name FROM identity WHERE customer_id = $1`,
      [id],
    )
    await boss.say(`/buyer ${account?.name}`)
    await boss.see(staff.buyerName(await nameOf(bob, boss), id))
    await boss.say(`/block ${account?.name} sold our keys`)
    await boss.see(staff.blockReason('sold our keys'))
    await boss.press(staff.blockTerms(1))
    await boss.see(
      staff
        .blockBy(await nameOf(boss, boss), '')
        .slice(0, -1)
        .trim(),
    )
    await boss.say(`/blocked ${account?.name}`)
    await boss.see('sold our keys')
    await boss.say('/blocked')
    await boss.see(staff.blockedTitle(1))
    await checkout(bob)
    await bob.see(bob.t.blockedStill)
    await channel.program.pass(hours(25))
    await boss.say(`/blocked ${account?.name}`)
    await boss.see(staff.notBlocked('').trim())
    await checkout(bob)
    await bob.see(({ text }) => text.includes(bob.t.orderState(bob.t.states.awaiting_payment)))

    await boss.say(`/block ${await idOf(boss)} myself`)
    await boss.see(staff.blockReason('myself'))
    await boss.press(staff.blockTerms(0))
    await boss.see(staff.problems['block.staff']?.('') as string)
    await boss.say('/block +8613812345678 stolen cards')
    const phone = await boss.see(staff.blockReason('stolen cards'))
    expect(phone.text).not.toContain('12345678')
    await boss.press(staff.blockTerms(0))
    await boss.see(staff.blockForEver)
    await boss.say('/blocked 138-1234-5678')
    await boss.see('stolen cards')
    for (const said of ['/block', '/block nobody', '/block ZZZZ-ZZZZ x', '/block 99999999 x', '/blocked ?']) {
      await boss.say(said)
      await boss.see(staff.whomUnknown)
    }
  })

  it('nothing of this is a stranger’s', async () => {
    const carol = await channel.join('carol')
    for (const word of ['block', 'blocked', 'buyer']) {
      await carol.say(`/${word} 1 x`)
      await carol.see(carol.t.unknownCommand(word))
    }
    if (carol.can.buttons)
      for (const forged of ['s-block:1', 's-block-for:0', 's-unblock:1', 's-buyer:1', 's-keep:1']) {
        await carol.forge(forged)
        await carol.see(carol.t.oldButton)
      }
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})

/** What staff type as it is. */
const TYPED = ['/block', '/blocked', 'telegram:12345', 'payer:telegram-stars:12345', 'ticket:5']
