import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { minutes } from '../../../core/platform/clock.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { CHALLENGES } from '../../../core/risk/model.ts'
import { maskedPhone, parsePhone } from '../../../core/risk/phone.ts'
import { passedWith, shownFor } from '../../../core/risk/policy.ts'
import { createHttpSms } from '../../../core/risk/providers/http-sms.ts'
import { type FakeSmsGateway, startSmsGateway } from '../../fakes/sms-gateway.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'

let gateway: FakeSmsGateway
let stand: Stand
/** all that was logged */
const logged: string[] = []
beforeAll(async () => {
  gateway = await startSmsGateway()
  const note = (fields: object, line: string) => void logged.push(JSON.stringify({ ...fields, line }))
  stand = await openShop({
    settings: { SMS_GATEWAY_URL: gateway.url, SMS_GATEWAY_TOKEN: gateway.token },
    log: { ...silentLog, debug: note, info: note, warn: note, error: note },
  })
})
beforeEach(() => {
  gateway.mood = 'takes'
})

const challenges = () => stand.shop.risk.challenges
const passed = async (buyer: Buyer) => {
  const rows = await stand.rows<{ kind: string }>(
    'SELECT kind FROM customer_challenge WHERE customer_id = $1 ORDER BY 1',
    [buyer.id],
  )
  return rows.map(({ kind }) => kind)
}
let numbers = 0
const newNumber = () => `4420794600${String(++numbers).padStart(2, '0')}`
const send = (buyer: Buyer, to: string, event: string = randomUUID()) =>
  challenges().sendCode(buyer.id, event, to, (code) => `Your code is ${code}.`)
const lastCode = () => /\d{6}/.exec(gateway.taken.at(-1)?.text ?? '')?.[0] ?? ''
const type = (buyer: Buyer, typed: string, event: string = randomUUID()) =>
  challenges().readCode(buyer.id, event, typed, 'sms')

describe('a code', () => {
  it('is sent once however often the event is handled, and passes everything weaker', async () => {
    const buyer = await stand.meet()
    const to = newNumber()
    const sent = gateway.taken.length
    expect(await send(buyer, to, 'sent twice')).toBe('sent')
    expect(await send(buyer, to, 'sent twice')).toBe('sent')
    expect(gateway.taken.slice(sent)).toEqual([{ to: `+${to}`, text: expect.stringMatching(/^Your code is \d{6}\.$/) }])
    const code = lastCode()
    const kept = await stand.rows<{ row: string }>('SELECT c::text AS row FROM challenge_given c')
    expect(kept.filter(({ row }) => row.includes(code) || row.includes(to))).toEqual([])
    expect(await type(buyer, ` ${code.slice(0, 3)} ${code.slice(3)} `, 'typed')).toEqual({ is: 'right' })
    expect(await type(buyer, code, 'typed')).toEqual({ is: 'right' })
    expect(await passed(buyer)).toEqual(['captcha', 'contact', 'sms'])
    const traits = await stand.rows('SELECT FROM customer_trait WHERE kind = $1 AND customer_id = $2', [
      'phone',
      buyer.id,
    ])
    expect(traits).toHaveLength(1)
  })

  it('is good for ten minutes and five tries, one for each thing that was said', async () => {
    const [buyer, late] = [await stand.meet(), await stand.meet()]
    await send(buyer, newNumber())
    const code = lastCode()
    const wrong = code === '000000' ? '000001' : '000000'
    expect(await type(buyer, wrong, 'same')).toEqual({ is: 'wrong', left: 4 })
    expect(await type(buyer, wrong, 'same')).toEqual({ is: 'wrong', left: 4 })
    for (const left of [3, 2, 1, 0]) expect(await type(buyer, wrong)).toEqual({ is: 'wrong', left })
    expect(await type(buyer, code)).toEqual({ is: 'over' })
    expect(await passed(buyer)).toEqual([])
    await send(late, newNumber())
    stand.clock.advance(minutes(10) + 1)
    expect(await type(late, lastCode())).toEqual({ is: 'over' })
  })

  it('tries at once are counted one by one', async () => {
    const buyer = await stand.meet()
    await send(buyer, newNumber())
    const wrong = lastCode() === '000000' ? '000001' : '000000'
    const answers = await Promise.all(Array.from({ length: 8 }, () => type(buyer, wrong)))
    expect(answers.filter(({ is }) => is === 'wrong')).toHaveLength(5)
  })

  it('goes to a buyer and to a number three times an hour', async () => {
    const buyer = await stand.meet()
    const to = newNumber()
    for (let n = 0; n < 3; n++) expect(await send(buyer, newNumber())).toBe('sent')
    expect(await send(buyer, newNumber())).toBe('too_many')
    const friends = await Promise.all(Array.from({ length: 5 }, () => stand.meet()))
    const outcomes = await Promise.all(friends.map((friend) => send(friend, to)))
    expect(outcomes.toSorted()).toEqual(['sent', 'sent', 'sent', 'too_many', 'too_many'])
    stand.clock.advance(minutes(61))
    expect(await send(buyer, to)).toBe('sent')
  })

  it.each(['fails', 'drops', 'refuses'] as const)(
    'is told as not sent where the gateway %s, and can be asked for again',
    async (mood) => {
      const buyer = await stand.meet()
      const to = newNumber()
      gateway.mood = mood
      expect(await send(buyer, to, `unsent ${mood}`)).toBe('unsent')
      gateway.mood = 'takes'
      // The very event handled again is no other code in the counting.
      expect(await send(buyer, to, `unsent ${mood}`)).toBe('sent')
      expect(await type(buyer, lastCode())).toEqual({ is: 'right' })
      expect(logged.join('\n')).toContain('a code could not be sent')
      expect(logged.filter((line) => line.includes(to) || line.includes(lastCode()))).toEqual([])
    },
  )

  it('does not wait for a gateway that does not answer', async () => {
    gateway.mood = 'is late'
    const sender = createHttpSms({ url: gateway.url, token: gateway.token, within: 50 })
    await expect(sender.send('8613800000000', 'a text')).rejects.toMatchObject({ code: 'sms.unsent' })
    const away = createHttpSms({ url: 'http://127.0.0.1:1/', token: 'secret' })
    await expect(away.send('8613800000000', 'a text')).rejects.toThrow(/^(?!.*(secret|a text|8613)).*$/)
  })
})

describe('a picture', () => {
  it('has one try, and the newest counts', async () => {
    const buyer = await stand.meet()
    const read = (typed: string, event: string = randomUUID()) =>
      challenges().readPicture(buyer.id, event, typed, 'captcha')
    expect(await read('ACDEF')).toEqual({ is: 'over' })
    const first = (await challenges().picture(buyer.id, randomUUID())) ?? ''
    const second = (await challenges().picture(buyer.id, randomUUID())) ?? ''
    expect(first).toMatch(/^[ACDEFHJKLMNPRTUVWXY34679]{5}$/)
    expect(await read(first)).toEqual({ is: 'wrong', left: 0 })
    expect(await read(second)).toEqual({ is: 'over' })
    const third = (await challenges().picture(buyer.id, randomUUID())) ?? ''
    expect(await read(third.toLowerCase())).toEqual({ is: 'right' })
    expect(await passed(buyer)).toEqual(['captcha'])
  })

  it('that a wrong answer has brought is not used up by that answer handled again', async () => {
    const buyer = await stand.meet()
    await challenges().picture(buyer.id, 'shown')
    const read = () => challenges().readPicture(buyer.id, 'wrong one', 'ZZZZZ', 'captcha')
    expect(await read()).toEqual({ is: 'wrong', left: 0 })
    await challenges().picture(buyer.id, 'wrong one')
    expect(await read()).toMatchObject({ is: 'wrong' })
    const again = (await challenges().picture(buyer.id, 'wrong one')) ?? ''
    expect(await challenges().readPicture(buyer.id, randomUUID(), again, 'captcha')).toEqual({ is: 'right' })
    const rows = await stand.rows('SELECT FROM challenge_given WHERE customer_id = $1', [buyer.id])
    expect(rows).toHaveLength(2)
  })

  it('is forgotten after a day', async () => {
    const buyer = await stand.meet()
    await challenges().picture(buyer.id, randomUUID())
    stand.clock.advance(minutes(24 * 60 + 1))
    await challenges().prune()
    expect(await stand.rows('SELECT FROM challenge_given WHERE customer_id = $1', [buyer.id])).toEqual([])
  })

  it('is forgotten with whom it was shown to', async () => {
    const [buyer, other] = [await stand.meet(), await stand.meet()]
    for (const { id } of [buyer, other]) await challenges().picture(id, randomUUID())
    expect(await stand.shop.privacy.erase(buyer, buyer.id)).toEqual([])
    const left = await stand.rows('SELECT customer_id AS id FROM challenge_given WHERE customer_id = ANY($1)', [
      [buyer.id, other.id],
    ])
    expect(left).toEqual([{ id: other.id }])
  })
})

describe('what is shown', () => {
  it('is what was asked for, or the strongest weaker one that can be', () => {
    const all = { contact: true, sms: true }
    expect(CHALLENGES.map((asked) => shownFor(asked, all))).toEqual(['captcha', 'contact', 'sms'])
    expect(shownFor('sms', { contact: true, sms: false })).toBe('contact')
    expect(shownFor('sms', { contact: false, sms: false })).toBe('captcha')
    expect(shownFor('contact', { contact: false, sms: true })).toBe('captcha')
  })

  it('passes what was asked for and everything weaker', () => {
    expect(passedWith('captcha', 'sms')).toEqual(['captcha', 'contact', 'sms'])
    expect(passedWith('contact', 'captcha')).toEqual(['captcha', 'contact'])
  })
})

describe('a phone number', () => {
  it.each([
    ['138 0013 8000', '8613800138000'],
    ['+86 138-0013-8000', '8613800138000'],
    ['００８６13800138000', '8613800138000'],
    ['+44 (20) 7946 0958', '442079460958'],
    ['12345', undefined],
    ['2079460958', undefined],
    ['+0123456789', undefined],
    ['+1234567890123456', undefined],
    ['K7MQ-4XD2', undefined],
  ])('%s is %s', (typed, digits) => {
    expect(parsePhone(typed)).toBe(digits)
  })

  it('shows little of itself, and any text is read without harm', () => {
    expect(maskedPhone('8613800138000')).toBe('+86****00')
    fc.assert(
      fc.property(fc.string(), (text) => parsePhone(text) === undefined || /^\d{7,15}$/.test(parsePhone(text) ?? '')),
    )
  })
})
