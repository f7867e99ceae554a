import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Rate, type Rates, Schedule, TELEGRAM_RATES, type Ticket } from '../../../bots/telegram/limits.ts'

interface Named extends Ticket {
  readonly name: string
}

const ticket = (name: string, chat = '1', priority: Ticket['priority'] = 'reply'): Named => ({
  name,
  chat,
  priority,
  counts: 'message',
})

/** Takes and ends everything that may go at once; returns the names. */
function drain(schedule: Schedule<Named>, now: number): string[] {
  const names: string[] = []
  for (;;) {
    const next = schedule.take(now)
    if (!next || 'wait' in next) return names
    names.push(next.ticket.name)
    schedule.done(next.ticket, now)
  }
}

/** Whether a bucket that holds `burst` and is refilled by one every so often never runs empty. */
function keeps(arrivals: readonly { readonly at: number }[], { every, burst }: Rate): boolean {
  let full = 0
  return arrivals.every(({ at }) => {
    full = Math.max(full, at) + every
    return full - at <= burst * every + 1e-6
  })
}

it('tells how long a reply would wait: keys and replies go before it, notices after it', () => {
  const schedule = new Schedule<Named>()
  expect(schedule.backlog('reply', 0)).toBe(0)
  for (let n = 0; n < 128; n++) schedule.add(ticket(`${n}`, `${n}`, n % 2 ? 'key' : 'reply'))
  schedule.add(ticket('notice', 'n', 'notice'))
  drain(schedule, 0)
  const waiting = 128 - TELEGRAM_RATES.overall.burst
  const expected = (waiting + 1) * TELEGRAM_RATES.overall.every
  expect(schedule.backlog('reply', 0)).toBeCloseTo(expected, 5)
  expect(schedule.backlog('notice', 0)).toBeCloseTo(expected + TELEGRAM_RATES.overall.every, 5)
  expect(schedule.backlog('key', 0)).toBeCloseTo(37 * TELEGRAM_RATES.overall.every, 5)
})

describe('the order of sending', () => {
  it('puts keys before replies, notices and marketing, across chats, and keeps the order within', () => {
    const schedule = new Schedule<Named>()
    schedule.add(ticket('ad', '1', 'marketing'))
    schedule.add(ticket('notice', '2', 'notice'))
    schedule.add(ticket('reply 1', '3', 'reply'))
    schedule.add(ticket('reply 2', '3', 'reply'))
    schedule.add(ticket('key', '4', 'key'))
    expect(drain(schedule, 0)).toEqual(['key', 'reply 1', 'reply 2', 'notice', 'ad'])
  })

  it('has one call under way per chat, so that messages do not overtake each other', () => {
    const schedule = new Schedule<Named>()
    const first = ticket('first')
    schedule.add(first)
    schedule.add(ticket('second'))
    schedule.add(ticket('elsewhere', '2'))
    expect(schedule.take(0)).toEqual({ ticket: first })
    expect(schedule.take(0)).toMatchObject({ ticket: { name: 'elsewhere' } })
    expect(schedule.take(0)).toBeUndefined()
    schedule.done(first, 0)
    expect(schedule.take(0)).toMatchObject({ ticket: { name: 'second' } })
  })

  it('repeats a call before the later ones of its chat, but not before its time', () => {
    const schedule = new Schedule<Named>()
    const first = ticket('first')
    schedule.add(first)
    schedule.add(ticket('second'))
    schedule.add(ticket('key', '1', 'key'))
    expect(schedule.take(0)).toMatchObject({ ticket: { name: 'key' } })
    schedule.done(ticket('key', '1', 'key'), 0)
    schedule.take(0)
    schedule.again(first, 0, 500)
    expect(schedule.take(0)).toEqual({ wait: 500 })
    expect(drain(schedule, 5000)).toEqual(['first', 'second'])
  })
})

describe('the limits of sending', () => {
  it('lets three messages to a person go at once and then about one a second', () => {
    const schedule = new Schedule<Named>()
    for (let i = 0; i < 5; i++) schedule.add(ticket(`${i}`))
    expect(drain(schedule, 0)).toEqual(['0', '1', '2'])
    expect(schedule.take(1000)).toEqual({ wait: 50 })
    expect(drain(schedule, 1050)).toEqual(['3'])
    expect(drain(schedule, 2099)).toEqual([])
    expect(drain(schedule, 2100)).toEqual(['4'])
  })

  it('lets a key wait for no chat but its own, and an edit for none', () => {
    const schedule = new Schedule<Named>()
    for (let i = 0; i < 4; i++) schedule.add(ticket(`${i}`))
    drain(schedule, 0)
    schedule.add({ ...ticket('edit'), counts: 'edit' })
    expect(drain(schedule, 0), 'in order behind the message of the same priority').toEqual([])
    schedule.add({ ...ticket('key edit', '1', 'key'), counts: 'edit' })
    expect(drain(schedule, 0)).toEqual(['key edit'])
  })

  it('pauses one chat when Telegram refuses it, and all of them when it refuses a second', () => {
    const schedule = new Schedule<Named>()
    const [a, b] = [ticket('a', '1'), ticket('b', '2')]
    schedule.add(a)
    schedule.take(0)
    schedule.refused(a, 0, 3000)
    schedule.add(b)
    schedule.add(ticket('c', '3'))
    expect(schedule.take(0)).toEqual({ ticket: b })
    schedule.refused(b, 0, 5000)
    expect(schedule.take(0)).toEqual({ wait: 5000 })
    expect(drain(schedule, 5000)).toEqual(['a', 'b', 'c'])
  })

  it('never exceeds a limit, however long calls take to arrive, and sends everything', () => {
    const rates: Rates = TELEGRAM_RATES
    const chats = ['-1', ...Array.from({ length: 40 }, (_, i) => `${i + 1}`)]
    const priority = fc.constantFrom<Ticket['priority']>('key', 'reply', 'notice', 'marketing')
    const wish = fc.record({
      chat: fc.oneof(fc.constantFrom('-1', '1', '2'), fc.constantFrom(...chats)),
      priority,
      at: fc.nat(2000),
      takes: fc.nat(250),
    })
    fc.assert(
      fc.property(fc.array(wish, { minLength: 80, maxLength: 200 }), (wishes) => {
        const schedule = new Schedule<Named & { takes: number }>()
        const coming = wishes.map((w, i) => ({ ...ticket(`${i}`, w.chat, w.priority), at: w.at, takes: w.takes }))
        coming.sort((x, y) => x.at - y.at)
        const underway: { ticket: (typeof coming)[number]; ends: number }[] = []
        const arrived: { chat: string; at: number }[] = []
        let now = 0
        while (arrived.length < wishes.length) {
          while (coming[0] && coming[0].at <= now) schedule.add(coming.shift() as (typeof coming)[number])
          for (const call of underway.filter(({ ends }) => ends <= now)) {
            underway.splice(underway.indexOf(call), 1)
            arrived.push({ chat: call.ticket.chat, at: now })
            schedule.done(call.ticket, now)
          }
          const next = schedule.take(now)
          if (next && 'ticket' in next) {
            const call = next.ticket as (typeof coming)[number]
            underway.push({ ticket: call, ends: now + call.takes })
          } else {
            const waits = [next?.wait ?? Number.POSITIVE_INFINITY, ...underway.map(({ ends }) => ends - now)]
            now += Math.min(...waits, (coming[0]?.at ?? Number.POSITIVE_INFINITY) - now)
          }
        }
        for (const chat of chats) {
          const own = arrived.filter((message) => message.chat === chat)
          expect(keeps(own, chat.startsWith('-') ? rates.group : rates.person)).toBe(true)
        }
        expect(keeps(arrived, rates.overall)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })
})
