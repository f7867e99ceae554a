import { beforeAll, describe, expect, it } from 'vitest'
import { hours, minutes, seconds } from '../../core/platform/clock.ts'
import { formatMoney } from '../../core/platform/money.ts'
import type { Stocked } from '../stand/shop.ts'
import { appCode } from '../stand/staff.ts'
import type { Channel, Chatter } from './channel.ts'
import { STAFF_CHANNELS } from './channels/all.ts'
import { begins, buy, orderIn } from './steps.ts'

describe.each(STAFF_CHANNELS)('a second factor and a second person on $name', ({ languages, open }) => {
  let channel: Channel
  let boss: Chatter
  let partner: Chatter
  let alice: Chatter
  let product: Stocked
  let secret = ''
  let recovery: readonly string[] = []
  beforeAll(async () => {
    channel = await open()
    const language = languages.at(-1) ?? 'en'
    boss = await channel.join('boss', { owner: true, language })
    partner = await channel.join('partner', { owner: true, language })
    alice = await channel.join('alice', { language })
    product = await channel.program.product(9)
    // Alice gets her money back more often than a buyer does who is not asked for a phone number first.
    await channel.program.shop.risk.setLimit('operator', 'many-refunds', 'off')
  })

  /** What the app shows now; each code once. */
  function code(): string {
    channel.program.stand.clock.advance(seconds(30))
    return appCode(secret, channel.program.stand.clock())
  }
  /** Asks for the refund of a new order, as far as the button that does it. */
  async function askRefund(by: Chatter): Promise<string> {
    const { no } = await buy(alice, product)
    await by.say(`/refund ${no} faulty`)
    await by.see(by.staff.refundKeysUnseen)
    return no
  }
  /** What is said of a code that is wrong, in the words of the error where the language has no others. */
  const wrong = ({ staff }: Chatter): string => staff.problems['second_factor.wrong']?.('That code is wrong') ?? ''
  /** What a refund of one unit comes to on this channel. */
  const price = (): string =>
    channel.can.invoice ? formatMoney(50, 'XTR', boss.language) : formatMoney(990, 'CNY', boss.language)

  it('is set up by scanning or typing, and proved', async () => {
    const { staff } = boss
    await boss.say('/twostep')
    await boss.see(staff.factorWhat)
    await boss.press(staff.factorSetUp)
    const shown = await boss.see(staff.factorProve)
    if (channel.can.pictures) await boss.see(({ picture }) => picture === true)
    secret = (/[A-Z2-7]{4}( [A-Z2-7]{4}){7}/.exec(shown.text)?.[0] ?? '').replaceAll(' ', '')
    await boss.say('000000')
    await boss.see(wrong(boss))
    await boss.say(code())
    recovery = (await boss.see(staff.factorReady)).text.match(/([2-9A-Z]{4}-){2}[2-9A-Z]{4}/g) ?? []
    expect(recovery).toHaveLength(8)
    // Whoever gets hold of the chat scrolls up.
    const inSight = () =>
      boss.sight
        .all()
        .map(({ text }) => text)
        .join('\n')
    const typed = secret.replace(/.{4}(?=.)/g, '$& ')
    if (!channel.can.delete) return expect(inSight()).toContain(staff.factorDelete)
    expect(inSight()).not.toContain(typed)
    expect(inSight()).toContain(recovery[0])
    await boss.press(staff.factorNoted)
    await boss.see(staff.memberFactor(staff.on))
    expect(inSight()).not.toContain(recovery[0])
  })

  it('is asked for before what is dangerous, which then is done, and not again for ten minutes', async () => {
    const { staff } = boss
    channel.program.stand.clock.advance(minutes(11))
    const no = await askRefund(boss)
    await boss.press(begins(staff.refundConfirm('')))
    await boss.see(staff.codeDangerous)
    await boss.say('123456')
    await boss.see(wrong(boss))
    alice.sight.act()
    await boss.say(code())
    await boss.see(staff.refundStarted)
    await alice.see(alice.t.notices.refunded(no))
    const second = await askRefund(boss)
    alice.sight.act()
    await boss.press(begins(staff.refundConfirm('')))
    await boss.see(staff.refundStarted)
    await alice.see(alice.t.notices.refunded(second))
  })

  it('does not take a code twice', async () => {
    const { staff } = boss
    const used = code()
    channel.program.stand.clock.advance(minutes(11))
    await askRefund(boss)
    await boss.press(begins(staff.refundConfirm('')))
    await boss.see(staff.codeDangerous)
    for (const stale of [used, recovery[7]?.slice(1) ?? '']) {
      await boss.say(stale)
      await boss.see(wrong(boss))
    }
    await boss.say(recovery[0] ?? '')
    await boss.see(staff.refundStarted)
  })

  it('is asked for when the chat was idle, and what was pressed or said goes on', async () => {
    const { staff } = boss
    channel.program.stand.clock.advance(hours(9))
    await boss.say('/held')
    await boss.see(staff.codeIdle)
    await boss.say(code())
    await boss.see(staff.noHeld)
    // Buying and looking at one's own things needs nothing.
    channel.program.stand.clock.advance(hours(9))
    await boss.say('/help')
    await boss.see(/./)
    await boss.say('/tickets')
    await boss.see(staff.codeIdle)
    await boss.say(recovery[1] ?? '')
    await boss.see(staff.ticketsNone(staff.ticketFilters.waiting))
  })

  it('keeps nothing until then that may quote a key', async () => {
    const { staff } = boss
    channel.program.stand.clock.advance(hours(9))
    await boss.say('/refund K7MQ-4XD2 QUOTED-KEY-1 does not work')
    await boss.see(staff.codeIdle)
    const kept = await channel.program.stand.rows<{ state: string }>('SELECT state::text AS state FROM chat_session')
    expect(kept.filter(({ state }) => state.includes('QUOTED-KEY'))).toEqual([])
    await boss.say(recovery[2] ?? '')
    await boss.see(staff.unlockedAgain)
  })

  it('has two people decide, from an amount on', async () => {
    const { staff } = boss
    await boss.say('/security')
    await boss.see(staff.securityTitle)
    await boss.press(staff.securityFields.refund.name)
    await boss.see(staff.securityFields.refund.ask)
    await boss.say('five hundred')
    await boss.see(staff.securityFields.refund.ask)
    await boss.say(channel.can.invoice ? '50 XTR' : '9.90')
    await boss.see(staff.securitySet)
    await boss.see(staff.from(price()))

    partner.sight.act()
    const no = await askRefund(boss)
    await boss.press(begins(staff.refundConfirm('')))
    await boss.see(staff.approvalNeeded)
    expect(boss.keysShown()).not.toContain(staff.approvalGrant)
    const asked = await partner.see(partner.staff.actRefund(no, price()))
    expect(asked.text).toContain(partner.staff.refundReason('faulty'))
    alice.sight.act()
    await partner.press(partner.staff.approvalGrant)
    await partner.see(/✅/)
    await boss.see(/✅/)
    await alice.see(alice.t.notices.refunded(no))
  })

  it('refuses, takes back, and does it once', async () => {
    const { staff } = boss
    partner.sight.act()
    const no = await askRefund(boss)
    await boss.press(begins(staff.refundConfirm('')))
    await boss.see(staff.approvalNeeded)
    await partner.see(partner.staff.actRefund(no, price()))
    await partner.press(partner.staff.approvalRefuse)
    await partner.see(/❌/)
    await boss.see(/❌/)
    await alice.say(no)
    await alice.see(orderIn(alice, 'delivered'))
    await boss.say(`/refund ${no} faulty again`)
    await boss.see(staff.refundKeysUnseen)
    await boss.press(begins(staff.refundConfirm('')))
    await boss.see(staff.approvalNeeded)
    await boss.press(staff.approvalWithdraw)
    await boss.see(/↩️/)
    await partner.say('/approvals')
    await partner.see(partner.staff.noApprovals)
  })

  it('cannot be switched off by one alone', async () => {
    const { staff } = boss
    await boss.say('/security')
    await boss.see(staff.securityTitle)
    await boss.press(staff.securityFields.refund.name)
    await boss.see(staff.securityFields.refund.ask)
    await boss.say('off')
    await boss.see(staff.approvalNeeded)
    await boss.say('/security')
    await boss.see(staff.from(price()))
  })

  it('adjusts a wallet, and its owner is told why', async () => {
    const { staff } = boss
    const { no } = await buy(alice, product)
    await boss.say(`/wallet ${no} +5 sorry for the wait`)
    await boss.see(staff.adjustTold)
    alice.sight.act()
    await boss.press(begins(staff.adjustYes('', true).trim()))
    await boss.see(staff.adjusted)
    const told = await alice.see('sorry for the wait')
    expect(told.text).toContain(formatMoney(500, 'CNY', alice.language))
    await boss.say(`/wallet ${no} -6 too much`)
    await boss.see(staff.adjustTold)
    await boss.press(begins(staff.adjustYes('', false).trim()))
    await boss.see(staff.problems['wallet.too_little']?.('There is less in the wallet than that.') ?? '')
    await boss.say('a few coins')
    await boss.see(staff.adjustMalformed)
  })

  it('can be required of everyone', async () => {
    const { staff } = partner
    await partner.say('/security')
    await partner.see(staff.securityTitle)
    await partner.press(staff.requireAll)
    await partner.see(staff.requireYourself)
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
