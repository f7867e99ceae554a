import { recordAudit } from '../audit/service.ts'
import { imageType } from '../catalog/policy.ts'
import { MOST_PICTURE_BYTES } from '../catalog/service.ts'
import type { Customer } from '../customers/model.ts'
import type { Customers } from '../customers/service.ts'
import type { Delivery } from '../delivery/service.ts'
import type { Messenger } from '../notifications/provider.ts'
import { after, type Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { hasCode, KeytillError } from '../platform/errors.ts'
import type { Task } from '../platform/jobs.ts'
import type { Log } from '../platform/log.ts'
import { type Page, pageOf } from '../platform/page.ts'
import type { Profiles } from '../profile/service.ts'
import { isPostman, letterJob, sendStep, taskOf } from './jobs.ts'
import type { Mailing, MailingSummary, Progress, Reach, Results, Segment } from './model.ts'
import { ATTRIBUTED, LOST, MOST_TEXT, quietUntil } from './policy.ts'
import * as recipients from './recipients.ts'
import { type MailingState, statesBefore } from './states.ts'
import * as store from './store.ts'

export interface Marketing {
  /** Whether a person wants no messages of the marketing kind. */
  isQuiet(customer: Customer): Promise<boolean>
  /** They want none from now on, or want them again. */
  setQuiet(customer: Customer, quiet: boolean): Promise<void>

  /**
   * A new draft for everyone, or the one with this text that they have begun.
   * @throws KeytillError `mailing.text` when it is empty or too long, `mailing.keys` when it holds a key of the shop
   */
  draft(staff: Customer, text: string): Promise<number>
  get(id: number): Promise<Mailing | undefined>
  /** Newest first. */
  list(page: number): Promise<Page<MailingSummary>>
  /** Each of these changes a draft. @throws KeytillError `mailing.state` when it is none (any more) */
  setText(staff: Customer, id: number, text: string): Promise<void>
  /** @throws KeytillError `product.picture` too, when it is not a JPEG, PNG or WebP of at most 5 MB */
  setPicture(id: number, bytes: Buffer | undefined): Promise<void>
  setProduct(id: number, sku: string | undefined): Promise<void>
  setSegment(id: number, segment: Segment): Promise<void>
  drop(id: number): Promise<void>
  /** Whom a segment fits now. */
  reach(segment: Segment): Promise<Reach>

  /** Sends a draft, now or at a time. @throws KeytillError `mailing.state` */
  send(staff: Customer, id: number, at?: Date): Promise<void>
  /** One that waits for its time is a draft again. @throws KeytillError `mailing.state`, as those below */
  unschedule(staff: Customer, id: number): Promise<void>
  pause(staff: Customer, id: number): Promise<void>
  resume(staff: Customer, id: number): Promise<void>
  /** For good. What is sent stays sent. */
  stop(staff: Customer, id: number): Promise<void>
  progress(id: number): Promise<Progress>
  results(id: number): Promise<Results>
  /** Somebody pressed its button; gives the product that it leads to. */
  open(customer: Customer, id: number): Promise<string | undefined>

  /** What is due: begins those whose time has come, looks for recipients, sees to it that they are sent to. For a worker. */
  tick(): Promise<void>
  /** The jobs that send, for the channels of this process. */
  tasks(messengers: readonly Messenger[]): Record<string, Task>
  /**
   * Forgets who got those that ended before a time, a step at a time, and keeps the figures; returns how many it forgot. `tell`
   * is done in the same transaction.
   */
  forget(endedBefore: Date, most: number, tell: (sql: Sql, rows: number) => Promise<void>): Promise<number>
}

export interface MarketingParts {
  readonly db: Database
  readonly customers: Pick<Customers, 'gone'>
  readonly delivery: Pick<Delivery, 'conceal'>
  readonly profiles: Profiles
  readonly clock: Clock
  readonly log: Log
  readonly currency: string
}

const PER_PAGE = 8

const wrongState = () => new KeytillError('mailing.state', 'This broadcast is no longer in a state to do that.')

export function createMarketing(parts: MarketingParts): Marketing {
  const { db, customers, delivery, profiles, clock, log, currency } = parts

  /** A text as it will be sent. It goes to everyone: no key of the shop may stand in it. */
  async function checked(staff: Customer, typed: string): Promise<string> {
    const text = typed.trim()
    if (text === '' || text.length > MOST_TEXT)
      throw new KeytillError('mailing.text', `A broadcast has 1 to ${MOST_TEXT} characters.`)
    if ((await delivery.conceal([text], staff.id))[0] !== text)
      throw new KeytillError('mailing.keys', 'This text holds a card key.')
    return text
  }

  async function changed(change: Promise<boolean>): Promise<void> {
    if (!(await change)) throw wrongState()
  }

  async function segmentOf(id: number): Promise<Segment> {
    const mailing = await store.get(db, id)
    if (!mailing) throw wrongState()
    return mailing.segment
  }

  /** Moves it with an entry in the audit log. @throws KeytillError `mailing.state` */
  async function move(actor: string, id: number, to: MailingState, how: Move): Promise<void> {
    await db.transaction(async (sql) => {
      const from = how.from ?? statesBefore(to)
      if (!(await store.move(sql, id, to, from, clock(), how.sendAt))) throw wrongState()
      await tellAudit(sql, actor, how.action, id, how.data)
    })
  }

  async function tellAudit(sql: Sql, actor: string, action: string, id: number, data: object = {}): Promise<void> {
    await recordAudit(sql, clock(), {
      actor,
      action: `broadcast.${action}`,
      subject: `broadcast:${id}`,
      data: { ...data },
    })
  }

  async function reachOf(segment: Segment): Promise<Reach> {
    const { waiting = 0, quiet = 0, gone = 0, barred = 0 } = await recipients.reach(db, segment, clock(), currency)
    return { waiting, quiet, gone, barred }
  }

  async function progressOf(id: number): Promise<Progress> {
    const known = await store.kept(db, id)
    if (known) return known.progress
    const { waiting = 0, sending = 0, ...counts } = await recipients.progress(db, id)
    const none = { quiet: 0, gone: 0, barred: 0, sent: 0, failed: 0, unsure: 0 }
    return { ...none, ...counts, waiting: waiting + sending }
  }

  const resultsOf = async (id: number): Promise<Results> =>
    (await store.kept(db, id))?.results ?? recipients.results(db, id, ATTRIBUTED)

  /** One that is over says so, once. */
  async function finish(id: number): Promise<void> {
    if (!(await recipients.isOver(db, id))) return
    const { sent, failed } = await progressOf(id)
    await db.transaction(async (sql) => {
      if (await store.move(sql, id, 'done', statesBefore('done'), clock()))
        await tellAudit(sql, 'system', 'done', id, { sent, failed })
    })
  }

  return {
    isQuiet: ({ id }) => store.isQuiet(db, id),
    setQuiet: ({ id, pseudonym }, quiet) =>
      db.transaction(async (sql) => {
        if (!(await store.setQuiet(sql, id, quiet ? clock() : undefined))) return
        await recordAudit(sql, clock(), {
          actor: pseudonym,
          action: quiet ? 'marketing.off' : 'marketing.on',
          subject: `customer:${pseudonym}`,
        })
      }),
    draft: async (staff, text) => store.draft(db, staff.pseudonym, await checked(staff, text), clock()),
    get: (id) => store.get(db, id),
    async list(wanted) {
      const total = await store.count(db)
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      return { items: await store.list(db, take, skip), page, pages, total }
    },
    setText: async (staff, id, text) => changed(store.setText(db, id, await checked(staff, text))),
    async setPicture(id, bytes) {
      const mime = bytes && bytes.length <= MOST_PICTURE_BYTES ? imageType(bytes) : undefined
      if (bytes && !mime) throw new KeytillError('product.picture', 'A picture is a JPEG, PNG or WebP of at most 5 MB.')
      await changed(store.setPicture(db, id, mime ?? null, bytes ?? null))
    },
    setProduct: (id, sku) => changed(store.setProduct(db, id, sku)),
    setSegment: (id, segment) => changed(store.setSegment(db, id, segment)),
    drop: (id) => changed(store.drop(db, id)),
    reach: reachOf,

    async send({ pseudonym }, id, sendAt) {
      const segment = await segmentOf(id)
      const { waiting } = await reachOf(segment)
      const data = { segment, recipients: waiting }
      const when = sendAt ? { at: sendAt.toISOString() } : {}
      await move(pseudonym, id, sendAt ? 'scheduled' : 'sending', {
        from: ['draft'],
        sendAt: sendAt ?? clock(),
        action: sendAt ? 'scheduled' : 'begun',
        data: { ...data, ...when },
      })
    },
    unschedule: ({ pseudonym }, id) => move(pseudonym, id, 'draft', { action: 'unscheduled' }),
    pause: ({ pseudonym }, id) => move(pseudonym, id, 'paused', { action: 'paused' }),
    resume: ({ pseudonym }, id) => move(pseudonym, id, 'sending', { from: ['paused'], action: 'resumed' }),
    async stop({ pseudonym }, id) {
      const { sent, waiting } = await progressOf(id)
      await move(pseudonym, id, 'stopped', { action: 'stopped', data: { sent, waiting } })
    },
    progress: progressOf,
    results: resultsOf,
    open: (customer, id) => recipients.opened(db, id, customer.id, clock()),

    async tick() {
      for (const id of await store.due(db, clock()))
        await move('system', id, 'sending', { from: ['scheduled'], action: 'begun' }).catch((error: unknown) => {
          // Another worker was quicker, or staff have taken it back at this moment.
          if (!hasCode(error, 'mailing.state')) throw error
        })
      const isQuietNow = quietUntil(await profiles.read(), clock()) !== undefined
      for (const { id, segment, isFilled } of await store.sending(db)) {
        let filled = isFilled
        while (!filled) filled = await recipients.fill(db, id, segment, clock(), currency)
        await recipients.lose(db, id, after(clock(), -LOST))
        await finish(id)
        if (isQuietNow) continue
        for (const channel of await recipients.channels(db, id))
          await db.transaction((sql) => letterJob(sql, id, channel))
      }
    },
    tasks: (messengers) =>
      Object.fromEntries(
        messengers
          .filter(isPostman)
          .map((messenger) => [
            taskOf(messenger.channel),
            (payload) => sendStep({ db, customers, profiles, clock, log }, messenger, payload),
          ]),
      ),
    async forget(endedBefore, most, tell) {
      const id = await store.oldest(db, endedBefore)
      if (id === undefined) return 0
      const figures = { progress: await progressOf(id), results: await resultsOf(id) }
      return db.transaction(async (sql) => {
        await store.keep(sql, id, figures)
        const forgotten = await recipients.forget(sql, id, most)
        await tell(sql, forgotten)
        return forgotten
      })
    },
  }
}

/** A move of a broadcast: from which states, when it is not from all that may; and what the audit log is told of it. */
interface Move {
  readonly from?: readonly MailingState[]
  readonly sendAt?: Date
  readonly action: string
  readonly data?: object
}
