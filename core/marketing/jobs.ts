import { z } from 'zod'
import type { Customers } from '../customers/service.ts'
import type { Messenger } from '../notifications/provider.ts'
import { MARKETING } from '../notifications/service.ts'
import { type Clock, seconds } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { hasCode, Postponed } from '../platform/errors.ts'
import { addJob } from '../platform/jobs.ts'
import type { Log } from '../platform/log.ts'
import type { Profiles } from '../profile/service.ts'
import type { Mailing, Progress } from './model.ts'
import { quietUntil } from './policy.ts'
import * as recipients from './recipients.ts'
import * as store from './store.ts'

/** How long one job goes on sending, in ms: then others of its priority have their turn, and a program can end. */
const STEP = seconds(5)
/** Letters on their way at once on a channel that keeps its platform's limits itself. */
const LANES = 4

const payloadSchema = z.object({ mailingId: z.number(), channel: z.string() })

export const taskOf = (channel: string): string => `mailing:${channel}`

/** Has the next step of a broadcast done on a channel: one at a time, after everything that somebody waits for. */
export async function letterJob(sql: Sql, mailingId: number, channel: string): Promise<void> {
  await addJob(sql, {
    task: taskOf(channel),
    payload: { mailingId, channel },
    key: `mailing:${mailingId}:${channel}`,
    queue: taskOf(channel),
    priority: MARKETING,
  })
}

/** Whoever can put broadcasts into chats. */
export type Postman = Messenger & Required<Pick<Messenger, 'post'>>

export const isPostman = (messenger: Messenger): messenger is Postman => messenger.post !== undefined

interface Parts {
  readonly db: Database
  readonly customers: Pick<Customers, 'gone'>
  readonly profiles: Profiles
  readonly clock: Clock
  readonly log: Log
}

/**
 * Sends to those who are next on a channel, for some seconds, and asks for another step when there are more. Each is
 * claimed in a transaction of its own just before it is handed over, and what became of it is noted afterwards: a program that
 * ends in between leaves one that may have come or not, and it is not sent again. Nothing begins in the quiet hours.
 */
export async function sendStep(parts: Parts, messenger: Postman, payload: unknown): Promise<void> {
  const { db, profiles, clock } = parts
  const { mailingId, channel } = payloadSchema.parse(payload)
  if (quietUntil(await profiles.read(), clock())) return
  const mailing = await store.get(db, mailingId)
  if (mailing?.state !== 'sending') return
  const end = performance.now() + STEP
  const lanes = Array.from({ length: messenger.pause === undefined ? LANES : 1 }, () =>
    sendUntil(parts, messenger, mailing, end),
  )
  const areMore = (await Promise.all(lanes)).every((isLeft) => isLeft)
  if (areMore) await db.transaction((sql) => letterJob(sql, mailingId, channel))
}

/** Sends one letter after the other; true when its time was up before there was nobody left. */
async function sendUntil(parts: Parts, messenger: Postman, mailing: Mailing, end: number): Promise<boolean> {
  const { db, clock } = parts
  const { channel, pause } = messenger
  while (performance.now() < end) {
    const claimed = await recipients.claim(db, mailing.id, channel, clock())
    if (!claimed) return false
    if (!claimed.isOurs) continue
    const became = await post(parts, messenger, mailing, claimed)
    await recipients.note(db, mailing.id, claimed.customerId, became, clock())
    // Nothing was handed over: the platform wants a pause.
    if (became === 'waiting') return false
    if (pause !== undefined) await new Promise((resolve) => setTimeout(resolve, pause))
  }
  return true
}

type Claimed = NonNullable<Awaited<ReturnType<typeof recipients.claim>>>

async function post(parts: Parts, messenger: Postman, mailing: Mailing, to: Claimed): Promise<keyof Progress> {
  try {
    await messenger.post({ mailing, to })
    return 'sent'
  } catch (error) {
    if (error instanceof Postponed) return 'waiting'
    if (hasCode(error, 'chat.unreachable')) {
      await parts.customers.gone(messenger.channel, to.chat)
      return 'gone'
    }
    parts.log.warn({ err: error, mailing: mailing.id }, 'a broadcast could not be sent to somebody')
    return 'failed'
  }
}
