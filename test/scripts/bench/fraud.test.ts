import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAgenda } from '../../../scripts/bench/fraud/agenda.ts'
import type { Attempt } from '../../../scripts/bench/fraud/attempt.ts'
import { hostilePeople } from '../../../scripts/bench/fraud/patterns.ts'
import { honestPeople } from '../../../scripts/bench/fraud/population.ts'
import { printReport, quantile, reportOf } from '../../../scripts/bench/fraud/report.ts'
import { DAYS, day, HOSTILE, LAUNCH } from '../../../scripts/bench/fraud/world.ts'

describe('the people of a fortnight', () => {
  const honest = honestPeople(7)
  const hostile = hostilePeople(7)

  it('are the same for the same seed, and others for another', () => {
    expect([honestPeople(7), hostilePeople(7)]).toEqual([honest, hostile])
    expect(honestPeople(8)).not.toEqual(honest)
    expect(hostilePeople(8)).not.toEqual(hostile)
  })

  it('are as many as they should be, each with a name of their own', () => {
    expect([honest.length, hostile.length]).toEqual([5000, 300])
    expect(new Set([...honest, ...hostile].map(({ id }) => id)).size).toBe(5300)
    const accounts = (pattern: string) => hostile.filter(({ wishes }) => wishes.every(({ group }) => group === pattern))
    expect(HOSTILE.map((pattern) => accounts(pattern).length)).toEqual([60, 60, 60, 60, 60])
  })

  it('come before they want something, and begin within the two weeks', () => {
    for (const { since, wishes } of [...honest, ...hostile])
      for (const { at } of wishes) expect(at).toBeGreaterThanOrEqual(since)
    const begun = honest.flatMap(({ wishes }) => wishes).filter(({ at }) => at >= 0 && at < day(DAYS + 1))
    expect(begun).toHaveLength(honest.flatMap(({ wishes }) => wishes).length)
  })

  it('want what is launched within twenty minutes, 1,500 of the honest ones', () => {
    const rush = honest.flatMap(({ wishes }) => wishes).filter(({ group }) => group === 'launch')
    expect(rush).toHaveLength(1500)
    expect(rush.every(({ at }) => at >= LAUNCH && at <= LAUNCH + 20 * 60_000)).toBe(true)
  })
})

describe('the agenda', () => {
  it('does everything in the order of its time, and what has the same time in the order it was asked for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 })), async (times) => {
        const agenda = createAgenda()
        const done: [time: number, n: number][] = []
        for (const [n, time] of times.entries()) agenda.at(time, async () => void done.push([agenda.now, n]))
        await agenda.run()
        expect(done).toEqual(
          times.map((time, n) => [time, n]).toSorted(([a = 0, n = 0], [b = 0, m = 0]) => a - b || n - m),
        )
      }),
    )
  })

  it('goes on with what is asked for meanwhile, never back in time', async () => {
    const agenda = createAgenda()
    const done: string[] = []
    agenda.at(5, async () => {
      agenda.at(1, async () => void done.push(`late ${agenda.now}`))
      agenda.at(6, async () => void done.push(`soon ${agenda.now}`))
    })
    agenda.at(7, async () => void done.push(`last ${agenda.now}`))
    await agenda.run()
    expect(done).toEqual(['late 5', 'soon 6', 'last 7'])
  })
})

const attempt = (different: Partial<Attempt>): Attempt => ({
  group: 'ordinary',
  value: 1000,
  end: 'bought',
  isChallenged: false,
  held: undefined,
  rules: new Set(),
  ...different,
})

describe('the report', () => {
  it('says what of a pattern was stopped by what, and that the rest got through', () => {
    const { patterns } = reportOf(
      [
        attempt({ group: 'stolen', end: 'denied' }),
        attempt({ group: 'stolen', end: 'gave_up', value: 200 }),
        attempt({ group: 'stolen', end: 'rejected', value: 30 }),
        attempt({ group: 'stolen', end: 'charged_back', value: 4 }),
        attempt({ group: 'abuse', end: 'claim_refused' }),
      ],
      [],
    )
    expect(patterns.find(({ pattern }) => pattern === 'stolen')).toEqual({
      pattern: 'stolen',
      attempts: 4,
      attempted: 1234,
      denied: 1000,
      gaveUp: 200,
      rejected: 30,
      quota: 0,
      disbelieved: 0,
      missed: 0,
      through: 4,
    })
    expect(patterns.find(({ pattern }) => pattern === 'abuse')).toMatchObject({ disbelieved: 1000, through: 0 })
  })

  it('says what honest buyers went through, and what of it rules cost them', () => {
    const { honest } = reportOf(
      [
        attempt({ group: 'gift', held: 60_000 }),
        attempt({ group: 'gift', held: 180_000, end: 'rejected' }),
        attempt({ group: 'gift', isChallenged: true, end: 'gave_up' }),
        attempt({ group: 'gift', end: 'sold_out' }),
        attempt({ group: 'farm', end: 'denied' }),
      ],
      [],
    )
    const expected = { wishes: 4, placed: 2, challenged: 1, held: 2, heldMedian: 3, heldP95: 3, denied: 0, gaveUp: 1 }
    const row = { ...expected, rejected: 1, quota: 0, soldOut: 1, wanted: 4000, lost: 2000 }
    expect(honest.find(({ group }) => group === 'gift')).toEqual({ group: 'gift', ...row })
    expect(honest.find(({ group }) => group === 'all')).toEqual({ group: 'all', ...row })
  })

  it('says of each rule whom it struck, and which never did', () => {
    const rules = new Set(['hourly'])
    const { rules: rows, neverStruck } = reportOf(
      [
        attempt({ rules }),
        attempt({ group: 'cards', rules, value: 900 }),
        attempt({ group: 'cards', rules, value: 0 }),
        attempt({ group: 'farm', value: 100 }),
      ],
      ['hourly', 'idle'],
    )
    expect(rows).toEqual([
      { rule: 'hourly', honest: 1, hostile: 2, precision: 2 / 3, recall: 2 / 3, recallByValue: 0.9 },
    ])
    expect(neverStruck).toEqual(['idle'])
  })

  it('can be read even of nothing', () => {
    expect(printReport(reportOf([], ['idle']))).toContain('Never struck: idle.')
  })

  it('finds quantiles among the values', () => {
    expect(quantile([], 0.5)).toBe(0)
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (all, part) => {
        const found = quantile(all, part)
        expect(all).toContain(found)
        expect(all.filter((one) => one < found).length).toBeLessThanOrEqual(part * all.length)
      }),
    )
  })
})
