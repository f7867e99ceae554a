import { beforeAll, expect, it, vi } from 'vitest'
import type { Person } from '../../fakes/telegram/people.ts'
import {
  forge,
  forgeAnew,
  inviteIn,
  latest,
  type Outside,
  order,
  polled,
  purchase,
  say,
  statusOf,
  wordsOf,
} from './stand.ts'

// Whoever writes a Telegram client of their own can send any callback data for any message: nothing here was ever offered to the
// people who press it.

let at: Outside
let bob: Person
let support: Person
let finance: Person
let manager: Person
/** Bob's order, delivered and not yet shown */
let no: string
let next = 1000

/** Somebody nobody has seen before. */
const buyer = () => at.buyer(next++)
const visitor = () => at.visitor(next++)

beforeAll(async () => {
  at = await polled()
  bob = at.buyer(101, { first_name: 'Bob' })
  ;[support, finance, manager, no] = await Promise.all([
    at.recruit('support', 11),
    at.recruit('finance', 12),
    at.recruit('manager', 13),
    purchase(bob, 'CARD'),
  ])
})

const STAFF_BUTTONS = [
  's-menu',
  's-team:0',
  's-invite-make:owner',
  's-member-role-set:1:support',
  's-suspend-yes:1',
  's-role-give:support:orders.refund',
  's-security-required:required',
  's-product:CARD',
  's-import-yes:1',
  's-approval-yes:1',
  's-batch-keys:1:0',
  's-history:1:0',
  's-claims-csv:1',
]
const OF_STAFF = /join_|Team \(|Role:|Batch|Request #|Last 24 hours|History of|permissions/

it.concurrent('a buyer who presses staff buttons in the shop bot gets nothing of them', async () => {
  const shown = await Promise.all(STAFF_BUTTONS.map((data) => forgeAnew(buyer(), data)))
  for (const words of shown) expect(words).not.toMatch(OF_STAFF)
})

it.concurrent('a stranger who presses staff buttons in the staff bot gets nothing of them', async () => {
  const shown = await Promise.all(STAFF_BUTTONS.map((data) => forgeAnew(visitor(), data)))
  for (const words of shown) expect(words).not.toMatch(OF_STAFF)
})

it.concurrent('staff who press their own buttons in the shop bot are sent to the staff bot', async () => {
  const owner = at.buyer(1)
  const shown = await forgeAnew(owner, 's-invite-make:owner')
  expect(shown).not.toMatch(/join_/)
})

it('support cannot refund, invite, read stock, void keys or change roles by buttons it never had', async () => {
  const refused = [
    `s-refund:${no}`,
    `s-refund-yes:${no}`,
    `s-adjust-yes:${no}`,
    `s-trust-set:${no}:trusted`,
    `s-privacy-erase:${no}`,
    `s-privacy-export:${no}`,
    `s-units:${no}:0`,
    's-invite-make:support',
    's-invite-make:owner',
    's-member-role-set:2:owner',
    's-role-give:support:orders.refund',
    's-role-copy:owner',
    's-suspend-yes:1',
    's-remove-yes:1',
    's-key:1',
    's-void-yes:1:faulty',
    's-freeze:1',
    's-batch-keys:1:0',
    's-shelf:CARD:off',
    's-field:CARD:price',
    's-block:1',
    's-rule-off:card-tests',
    's-security-ask:refund',
    's-approvals:0',
    's-jobs:0',
    's-books:2026-01-01:0',
    's-claims-csv:1',
    's-refund-all-yes:1:all',
  ]
  for (const data of refused)
    expect([data, await forge(support, data)]).toEqual([data, expect.stringMatching(/^Only these may do this/)])
})

it('finance has no rights beyond money: no replacing, no risk rules, no personal data', async () => {
  for (const data of [
    's-replace-yes:1:all',
    's-rule-off:card-tests',
    `s-privacy-export:${no}`,
    's-mail-new',
    's-take:1',
  ])
    expect([data, await forge(finance, data)]).toEqual([data, expect.stringMatching(/^Only these may do this/)])
})

it('a manager cannot touch an owner, make one, or give away what only owners hold', async () => {
  const refused = [
    's-suspend-yes:1',
    's-remove-yes:1',
    's-member-role-set:1:support',
    `s-member-role-set:${await at.member('The support')}:owner`,
    's-invite-make:owner',
    's-role-give:manager:privacy.erase',
    's-role-take:owner:catalog.read',
    's-role-remove:owner',
  ]
  const why = /only what you hold|more than you|owner holds everything/i
  for (const data of refused) expect([data, await forge(manager, data)]).toEqual([data, expect.stringMatching(why)])
})

it('a manager cannot make a copy of the owner’s role', async () => {
  await forge(manager, 's-role-copy:owner')
  await manager.see(/What is the new role called/)
  await say(manager, 'shadow', /You may not do this/)
})

it('a manager cannot revoke the invitation of an owner, which is more than they hold', async () => {
  const invitation = await say(at.anOwner(), '/invite owner', /works once/)
  const buttons = invitation.reply_markup?.inline_keyboard.flat() ?? []
  await forge(manager, buttons.find(({ text }) => /^Revoke/.test(text))?.callback_data ?? '')
  const heir = visitor()
  await say(heir, `/join ${inviteIn(invitation)}`, /on the staff now: owner/)
})

it('a manager cannot revoke the code that the start prints for the owner', async () => {
  const code = /#claim=(\w+)/.exec(at.greeting)?.[1]
  for (const n of [1, 2]) await forge(manager, `s-invite-revoke:${n}`)
  // Only whoever runs the program sees it, so only they may take it back.
  await say(visitor(), `/claim ${code}`, /on the staff now: owner/)
})

it('suspended staff lose the screens that are still in front of them', async () => {
  const late = await at.recruit('auditor', 17)
  const boss = at.anOwner()
  await say(boss, '/staff', /Last 24 hours/)
  await forge(boss, `s-suspend-yes:${await at.member('The auditor')}`)
  const since = late.mark()
  for (const data of ['s-team:0', `s-order:${no}`, 's-stock:0', 's-batch-keys:1:0']) await forge(late, data)
  await say(late, '/team', /for the staff/)
  const shown = late.history().filter(({ from, version }) => from.is_bot && version > since)
  for (const seen of shown) expect(wordsOf(seen)).not.toMatch(/Team \(|Status|available/)
})

it.concurrent('nobody is shown, paid, cancelled, linked or rated into another buyer’s order', async () => {
  const verbs = [
    'order',
    'reveal',
    'invoice',
    'cancel-order',
    'receipt',
    'link',
    'link-make',
    'problem',
    'rate',
    'units',
  ]
  const shown = await Promise.all(verbs.map((verb) => forgeAnew(buyer(), `${verb}:${no}`)))
  for (const words of shown) expect(words).not.toMatch(/Card CARD|\*\*\*\*|HIDDEN|Status/)
  expect(await statusOf(bob, no)).toMatch('delivered')
})

it.concurrent('no button tells whether a number is another buyer’s order or nobody’s', async () => {
  const verbs = ['order', 'reveal', 'invoice', 'cancel-order', 'receipt', 'link', 'problem', 'rate', 'units', 'hide']
  // One answer for both: otherwise numbers can be tried out.
  const pairs = await Promise.all(
    verbs.map(async (verb) => {
      const [there, not] = [await forgeAnew(buyer(), `${verb}:${no}`), await forgeAnew(buyer(), `${verb}:ZZZZZZZZ`)]
      return { verb, isSame: there === not }
    }),
  )
  expect(pairs.filter(({ isSame }) => !isSame)).toEqual([])
})

it.concurrent('a command with another buyer’s number is answered as one with nobody’s', async () => {
  await Promise.all(
    ['/order', '/receipt', '/rate'].map(async (command) => {
      const somebody = buyer()
      const [there, not] = [await say(somebody, `${command} ${no}`), await say(somebody, `${command} ZZZZZZZZ`)]
      expect([command, there.text]).toEqual([command, not.text])
    }),
  )
})

it.concurrent('the button of a basket does not order another one, or at another price', async () => {
  expect(await forgeAnew(buyer(), 'order-now:00000000:1')).not.toMatch(/awaiting payment/)
})

it.concurrent('quantities that are negative, huge, fractional or no number are never put into a basket', async () => {
  const odd = ['-1', '0', '1e9', '1.5', '99999999999999999999', 'NaN', '201', '１', '']
  const shown = await Promise.all(odd.map((quantity) => forgeAnew(buyer(), `add:CARD:${quantity}`)))
  for (const words of shown) expect(words).not.toMatch(/Card CARD × /)
})

const ODD = [
  '',
  '-1',
  '1.5',
  '99999999999999999999',
  '__proto__',
  '\0',
  'é'.repeat(20),
  "';DROP TABLE x;--",
  '<b>',
  '１２',
]
const TROUBLE = 'could not be handled'

it.each(['s-buyer', 's-member', 's-ticket', 's-key', 's-batch', 's-claim', 's-role', 's-rule', 's-order', 's-quota'])(
  'odd arguments of the staff button %s never become an error of the program',
  async (verb) => {
    const before = (await at.process.log()).split(TROUBLE).length
    // One that breaks is tried again for a while, which the others need not wait for.
    for (const odd of verb === 's-buyer' ? ['x'] : ODD) await forge(at.owner, `${verb}:${odd}`)
    expect((await at.process.log()).split(TROUBLE).length).toBe(before)
  },
)

it('odd arguments of a buyer’s button never become an error of the program', async () => {
  const before = (await at.process.log()).split(TROUBLE).length
  const verbs = ['order', 'reveal', 'product', 'cat', 'orders', 'ticket', 'invoice', 'remove', 'units', 'rate', 'link']
  await Promise.all(
    verbs.map(async (verb) => {
      const somebody = buyer()
      await say(somebody, '/start', /Welcome/)
      for (const odd of ODD.slice(0, 9)) await forge(somebody, `${verb}:${odd}`)
    }),
  )
  expect((await at.process.log()).split(TROUBLE).length).toBe(before)
})

it('what a forged button says is never in the log', async () => {
  const verbs = ['s-rule', 's-role', 's-product', 's-import', 's-quota', 's-order', `s-trust-set:${no}`]
  for (const verb of verbs) await forge(at.owner, `${verb}:SECRETWORD`)
  expect((await at.process.log()).includes('SECRETWORD')).toBe(false)
})

it.concurrent('the same button twenty times at once shows the keys of one order once', async () => {
  const news = await say(bob, `/order ${no}`, /Status: delivered/)
  await Promise.all(Array.from({ length: 20 }, () => bob.pressData(news, `reveal:${no}`)))
  await say(bob, '/start', /Welcome/)
  const shown = bob.history().filter((seen) => /HIDDEN/.test(wordsOf(seen)))
  expect(shown.length).toBeLessThanOrEqual(1)
})

it.concurrent('a basket that is ordered twenty times at once is one order, and every press is answered before the next message may go', async () => {
  const dora = buyer()
  const asked = await say(dora, '/start p_CARD', /^Stock: /m)
  await dora.pressData(asked, 'add:CARD:1')
  const basket = await dora.see(/Total: /, { since: asked.version })
  const data = basket.reply_markup?.inline_keyboard
    .flat()
    .find(({ text }) => /^Order and pay/.test(text))?.callback_data
  const start = performance.now()
  const answers = await Promise.all(Array.from({ length: 20 }, () => dora.pressData(basket, data ?? '')))
  // In one chat a message a second may be sent: twenty of them would have taken that long.
  expect(performance.now() - start).toBeLessThan(10_000)
  expect(answers.filter(({ text = '' }) => /Ordered already/.test(text)).length).toBe(19)
  await dora.see((seen) => seen.invoice !== undefined)
  expect(dora.history().filter(({ from, version }) => from.is_bot && version > basket.version).length).toBe(2)
  const orders = await say(dora, '/orders', /^My orders/)
  expect(orders.buttons.filter((label) => /[A-Z0-9]{4}-[A-Z0-9]{4}/.test(label)).length).toBe(1)
})

it.concurrent('the order of somebody who cancels and pays at once is either, and the money is where the order says', async () => {
  const eve = buyer()
  const { invoice, no: number } = await order(eve, 'CARD')
  const since = eve.mark()
  const [paid] = await Promise.all([eve.pay(invoice), eve.pressData(latest(eve), `cancel-order:${number}`)])
  if (paid.ok) await eve.see(/is delivered|returned to you|on its way back/, { since })
  // Money that came for what was cancelled takes a moment to go back.
  const isSquare = async () => {
    const status = await statusOf(eve, number)
    const balance = eve.stars().moves.reduce((sum, { amount }) => sum + amount, 0)
    return status === 'delivered' ? balance === -1 : /cancel/.test(status) && balance === 0
  }
  await vi.waitFor(async () => expect(await isSquare()).toBe(true), { timeout: 15_000, interval: 500 })
})
