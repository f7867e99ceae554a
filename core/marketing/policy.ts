import { after, hours, minutes } from '../platform/clock.ts'
import type { Profile } from '../profile/model.ts'

/** The most characters of a broadcast: with its picture and its menu it is one message on every channel. */
export const MOST_TEXT = 900
/** What was bought so long after a message is taken for its doing, in ms. */
export const ATTRIBUTED = hours(24 * 7)
/** A message that was handed over and about which nothing was heard for so long may have come or not, in ms. */
export const LOST = minutes(10)
/** A broadcast can be put off for so long, in ms. */
const MOST_AHEAD = hours(24 * 90)

/** Until when nothing of the marketing kind is sent; undefined when it may be sent now. */
export function quietUntil({ quiet, timezone }: Pick<Profile, 'quiet' | 'timezone'>, now: Date): Date | undefined {
  const [from, to] = quiet.split('-').map(Number)
  if (from === undefined || to === undefined || from === to) return undefined
  const local = after(now, hours(timezone))
  const hour = local.getUTCHours()
  const isQuiet = from < to ? hour >= from && hour < to : hour >= from || hour < to
  if (!isQuiet) return undefined
  const end = new Date(local)
  end.setUTCHours(to, 0, 0, 0)
  return after(end, hours((hour < to ? 0 : 24) - timezone))
}

/**
 * The moment that somebody typed as `2026-06-01 20:00`, or as `20:00` for the next time the clock shows that, both in a time
 * zone so many hours ahead of UTC. Undefined when it is neither, past, or more than 90 days away.
 */
export function momentOf(text: string, timezone: number, now: Date): Date | undefined {
  const [, day, hour = '', minute = ''] =
    /^(?:(\d{4}-\d{2}-\d{2})[ T]+)?([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.normalize('NFKC').trim()) ?? []
  if (minute === '') return undefined
  const today = after(now, hours(timezone)).toISOString().slice(0, 10)
  const local = new Date(`${day ?? today}T${hour.padStart(2, '0')}:${minute}:00Z`)
  // 31 February is not a day, and JavaScript makes one of it.
  if (Number.isNaN(local.getTime()) || (day !== undefined && !local.toISOString().startsWith(day))) return undefined
  const at = after(local, -hours(timezone))
  const wanted = day === undefined && at <= now ? after(at, hours(24)) : at
  return wanted > now && wanted <= after(now, MOST_AHEAD) ? wanted : undefined
}
