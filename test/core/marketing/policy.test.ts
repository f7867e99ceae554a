import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { momentOf, quietUntil } from '../../../core/marketing/policy.ts'
import { after, hours } from '../../../core/platform/clock.ts'

const at = (text: string) => new Date(`${text}Z`)
const moments = fc.date({ min: at('2026-01-01T00:00'), max: at('2027-01-01T00:00'), noInvalidDate: true })
const clockHours = fc.integer({ min: 0, max: 23 })
const zones = fc.integer({ min: -48, max: 56 }).map((quarters) => quarters / 4)

describe('quiet hours', () => {
  it.each([
    ['22-9', 8, '2026-06-01T13:59', undefined],
    ['22-9', 8, '2026-06-01T14:00', '2026-06-02T01:00'],
    ['22-9', 8, '2026-06-02T00:59', '2026-06-02T01:00'],
    ['22-9', 8, '2026-06-02T01:00', undefined],
    ['0-7', 0, '2026-06-02T06:30', '2026-06-02T07:00'],
    ['0-7', -5, '2026-06-02T06:30', '2026-06-02T12:00'],
    ['9-9', 8, '2026-06-02T01:00', undefined],
    ['off', 8, '2026-06-01T20:00', undefined],
  ])('%s at UTC+%s, %s: until %s', (quiet, timezone, now, until) => {
    expect(quietUntil({ quiet, timezone }, at(now))).toEqual(until && at(until))
  })

  it('end within a day, at a moment that is not quiet, and not before', () => {
    fc.assert(
      fc.property(clockHours, clockHours, zones, moments, (from, to, timezone, now) => {
        const profile = { quiet: `${from}-${to}`, timezone }
        const until = quietUntil(profile, now)
        if (!until) return
        expect(until > now && until <= after(now, hours(24))).toBe(true)
        expect(quietUntil(profile, until)).toBeUndefined()
        expect(quietUntil(profile, after(until, -1))).toEqual(until)
      }),
    )
  })
})

describe('the moment that somebody types', () => {
  const now = at('2026-06-01T08:00')
  it.each([
    ['20:00', '2026-06-01T12:00'],
    ['16:01', '2026-06-01T08:01'],
    ['16:00', '2026-06-02T08:00'],
    ['9:30', '2026-06-02T01:30'],
    ['2026-06-10 09:00', '2026-06-10T01:00'],
    [' ２０：００ ', '2026-06-01T12:00'],
    ['2026-06-01 15:59', undefined],
    ['2026-02-31 10:00', undefined],
    ['2026-12-01 10:00', undefined],
    ['24:00', undefined],
    ['tomorrow', undefined],
    ['', undefined],
  ])('%j', (text, moment) => {
    expect(momentOf(text, 8, now)).toEqual(moment && at(moment))
  })

  it('is always to come, within 90 days', () => {
    fc.assert(
      fc.property(clockHours, zones, moments, (hour, timezone, from) => {
        const moment = momentOf(`${hour}:15`, timezone, from)
        expect(moment && moment > from && moment <= after(from, hours(24))).toBe(true)
      }),
    )
  })
})
