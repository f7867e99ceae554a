import { createHmac } from 'node:crypto'
import { beforeAll, expect, it } from 'vitest'
import type { Person } from '../../fakes/telegram/people.ts'
import { called, forge, inviteIn, latest, type Outside, press, purchase, say, wordsOf } from './stand.ts'

// Joining, the second factor and the second person, by people who want what they were not given.

let at: Outside
let second: Person
let finance: Person
let manager: Person
let bob: Person
let no: string
/** an invitation that nobody has opened */
let unused: string
/** owners without a second factor so far */
let victims: Person[]
let next = 2000
const visitor = () => at.visitor(next++)

beforeAll(async () => {
  at = await called()
  bob = at.buyer(101, { first_name: 'Bob' })
  ;[second, finance, manager, no] = await Promise.all([
    at.recruit('owner', 21),
    at.recruit('finance', 22),
    at.recruit('manager', 23),
    purchase(bob, 'CARD'),
  ])
  victims = await Promise.all([24, 25, 26].map((id) => at.recruit('owner', id)))
  unused = inviteIn(await say(at.owner, '/invite support', /works once/))
})

/** What an authenticator app shows, so many half minutes from now. */
function totp(secret: string, ahead = 0): string {
  const bits = [...secret]
    .map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'))
    .join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead))
  const hash = createHmac('sha1', key).update(counter).digest()
  const number = hash.readUInt32BE((hash.at(-1) ?? 0) & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, '0')
}

/** Sets the second factor up and returns its secret and the recovery codes. */
async function setUp(person: Person): Promise<{ secret: string; used: string; codes: string[] }> {
  const since = person.mark()
  await forge(person, 's-factor-on')
  const shown = wordsOf(await person.see(/authenticator app/, { since }))
  const secret = (/([A-Z2-7]{4} ){7}[A-Z2-7]{4}/.exec(shown)?.[0] ?? '').replaceAll(' ', '')
  const used = totp(secret, -1)
  const done = await say(person, used, /recovery codes/)
  return { secret, used, codes: done.text?.match(/\b[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}\b/g) ?? [] }
}

const WRONG = /wrong, used or expired/

it.concurrent('an invitation works once, for whoever opens it first', async () => {
  const code = inviteIn(await say(at.anOwner(), '/invite support', /works once/))
  const [one, other] = [visitor(), visitor()]
  const answers = await Promise.all([say(one, `/start join_${code}`), say(other, `/join ${code}`)])
  expect(answers.filter(({ text = '' }) => /on the staff now/.test(text)).length).toBe(1)
  await say(visitor(), `/join ${code}`, WRONG)
})

it.concurrent('the code that the start prints makes one owner, not two', async () => {
  const code = /#claim=(\w+)/.exec(at.greeting)?.[1]
  await say(visitor(), `/claim ${code}`, /on the staff now: owner/)
  await say(visitor(), `/claim ${code}`, WRONG)
})

it('an invitation dies with the rights of whoever gave it', async () => {
  const id = await at.member('The manager')
  const code = inviteIn(await say(manager, '/invite manager', /works once/))
  await forge(at.owner, `s-member-role-set:${id}:support`)
  await say(visitor(), `/join ${code}`, WRONG)
  await forge(at.owner, `s-member-role-set:${id}:manager`)
})

it('an invitation of somebody suspended is void, and stays void when they are back', async () => {
  const id = await at.member('The manager')
  const code = inviteIn(await say(manager, '/invite support', /works once/))
  await forge(at.owner, `s-suspend-yes:${id}`)
  await say(visitor(), `/join ${code}`, WRONG)
  await forge(at.owner, `s-reinstate:${id}`)
  await say(visitor(), `/join ${code}`, WRONG)
})

it('somebody suspended cannot come back by an invitation', async () => {
  const id = await at.member('The manager')
  const code = inviteIn(await say(at.anOwner(), '/invite support', /works once/))
  await forge(at.owner, `s-suspend-yes:${id}`)
  await say(manager, `/join ${code}`, WRONG)
  await forge(at.owner, `s-reinstate:${id}`)
})

it.concurrent('staff do not climb by an invitation to a better role', async () => {
  const code = inviteIn(await say(at.anOwner(), '/invite manager', /works once/))
  await say(finance, `/join ${code}`, /staff already/)
  expect(await forge(finance, 's-team:0')).toMatch(/^Only these may do this/)
})

it('a request for a second person cannot be agreed to by whoever made it, in any chat', async () => {
  await forge(at.owner, 's-security-ask:wallet')
  await say(at.owner, '0', /Wallet adjustments need a second person: always/)
  await forge(at.owner, 's-security-ask:wallet')
  await say(at.owner, 'off', /Request #1/)
  expect(await forge(at.owner, 's-approval-yes:1')).toMatch(/yourself/)
  expect(await forge(manager, 's-approval-yes:1')).toMatch(/must be allowed/)
  expect(await forge(manager, 's-approval-no:1')).toMatch(/must be allowed/)
  expect(await forge(finance, 's-approval-yes:1')).toMatch(/^Only these/)
  expect((await say(at.owner, '/security', /Wallet adjustments/)).text).toMatch(
    /Wallet adjustments need a second person: always/,
  )
})

it('a request is carried out once, by however many buttons at once', async () => {
  await say(finance, `/wallet ${no} +10 sorry`, /Put ¥10.00/)
  const asked = latest(finance)
  await Promise.all(Array.from({ length: 6 }, () => finance.pressData(asked, `s-adjust-yes:${no}`)))
  const waiting = await say(manager, '/approvals', /Waiting|Nothing waits/)
  const ids = [...JSON.stringify(waiting.reply_markup).matchAll(/s-approval:(\d+)/g)]
    .map(([, id]) => Number(id))
    .filter((id) => id > 1)
  expect(ids.length).toBe(1)
  const yes = `s-approval-yes:${ids[0]}`
  await Promise.all([...Array.from({ length: 6 }, () => forge(manager, yes)), forge(at.owner, yes), forge(second, yes)])
  const wallet = await say(at.owner, `/wallet ${no}`, /Wallet of/)
  expect(wallet.text?.match(/\+¥10\.00/g)?.length).toBe(1)
  expect(wallet.text).toMatch(/Balance: ¥10\.00/)
})

it('a request of somebody who was suspended since is not carried out', async () => {
  await say(finance, `/wallet ${no} +7 sorry`, /Put ¥7.00/)
  const since = finance.mark()
  await forge(finance, `s-adjust-yes:${no}`)
  const id = /Request #(\d+)/.exec((await finance.see(/Request #[\s\S]*7\.00/, { since })).text ?? '')?.[1]
  const member = await at.member('The finance')
  await forge(at.owner, `s-suspend-yes:${member}`)
  expect(await forge(manager, `s-approval-yes:${id}`)).toMatch(/still be on the team/)
  await forge(at.owner, `s-reinstate:${member}`)
  await forge(at.owner, `s-approval-no:${id}`)
})

it('an owner who answers 0, “always”, has a second person for Stars as well', async () => {
  await say(finance, `/wallet ${no} +50 XTR sorry`, /Put ★ 50/)
  const since = finance.mark()
  await forge(finance, `s-adjust-yes:${no}`)
  // Stars are all there is on Telegram: what needs a second person there cannot be everything but them.
  const answer = await finance.see(/second person|Done\./, { since })
  expect(answer.text).toMatch(/needs a second person/)
})

it.concurrent('the secret of the second factor does not stay in the chat that it protects', async () => {
  const { secret } = await setUp(second)
  await say(second, '/staff', /Last 24 hours/)
  const words = second.history().map(wordsOf).join('\n').replaceAll(' ', '')
  expect(words.includes(secret)).toBe(false)
})

it.concurrent('guessing codes ends after ten, also with a right one', async () => {
  const guesser = visitor()
  for (let n = 0; n < 10; n++) await guesser.say(`/join ${'ABCDEFGHJK'[n]}AAA-BBBB-CCCC`)
  const answer = await say(guesser, `/join ${unused}`, /too many codes|on the staff/)
  expect(answer.text).toMatch(/too many codes/)
})

it.concurrent('a code counts once, is not guessed, and is not taken from another chat', async () => {
  const victim = victims[0] as Person
  const { secret, used, codes } = await setUp(victim)
  expect(codes.length).toBe(8)
  // Switching it off always asks.
  const ask = async () => {
    const since = victim.mark()
    await forge(victim, 's-factor-off')
    return victim.see(/send the six digits/, { since })
  }
  await ask()
  await say(victim, used, /wrong, or was used/)
  // The same person in the shop bot: nothing waits for a code there.
  const there = at.buyer(24)
  await say(there, '/start', /Welcome/)
  expect((await say(there, totp(secret, 0))).text).not.toMatch(/verification/)
  expect((await say(victim, '/twostep', /Two-step verification: /)).text).toMatch(/Two-step verification: yes/)
})

it.concurrent('guessing a code is stopped after a few, then even the right one is refused for a while', async () => {
  const victim = victims[1] as Person
  const { secret } = await setUp(victim)
  const since = victim.mark()
  await forge(victim, 's-factor-off')
  await victim.see(/send the six digits/, { since })
  for (let n = 0; n < 5; n++) await victim.say(String(100_000 + n))
  const answer = await say(
    victim,
    totp(secret, 0),
    /too many|too often|later|minutes|is off|no longer|did not understand/i,
  )
  expect(answer.text).not.toMatch(/is off|no longer/)
  expect((await say(victim, '/twostep', /Two-step verification: /)).text).toMatch(/Two-step verification: yes/)
})

it.concurrent('a recovery code counts once', async () => {
  const victim = victims[2] as Person
  const { codes } = await setUp(victim)
  const off = async () => {
    const since = victim.mark()
    await forge(victim, 's-factor-off')
    await victim.see(/send the six digits/, { since })
  }
  await off()
  await say(victim, codes[0] ?? '', /Two-step verification/)
  await press(victim, await say(victim, '/twostep', /Two-step verification: no/), /Set up/, /authenticator app/)
  await say(victim, '/cancel')
  // A new setting-up has new codes; those of the old one are dead.
  await setUp(victim)
  await off()
  await say(victim, codes[1] ?? '', /wrong, or was used/)
})
