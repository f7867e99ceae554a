import { recordAudit } from '../audit/service.ts'
import { tellOfApproval } from '../notifications/service.ts'
import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { type Page, pageOf } from '../platform/page.ts'
import type { Act, Extent } from '../security/model.ts'
import { mayActAlone } from '../security/service.ts'
import { heldBy } from '../staff/service.ts'
import { type Approval, NEEDED, type Requests } from './model.ts'
import * as store from './store.ts'

/** Who asks, or decides; `operator` is whoever runs the program, who can only ask. */
interface Person {
  readonly pseudonym: string
}

/** What does each act, within the transaction that decides it: what it throws undoes the decision too. */
export type Performers = {
  readonly [A in Act]: (sql: Sql, actor: string, request: Requests[A], ref: string) => Promise<void>
}

export type Submitted = { readonly done: true } | { readonly waiting: number }

/**
 * Acts that may need a second person (C7, P6): which, and from how much on, is set by the owner (core/security). Whoever asks and whoever
 * decides must hold what the act needs at the moment when it is done, and be two.
 */
export interface Approvals {
  /**
   * Does an act, or has it wait for a second person. The same key again is the same request.
   * @throws KeytillError `approval.not_allowed`, and what the act throws
   */
  submit<A extends Act>(
    by: Person,
    act: A,
    request: Requests[A],
    idempotencyKey: string,
    extent?: Extent,
  ): Promise<Submitted>
  /** What waits, newest first. */
  waiting(page: number): Promise<Page<Approval>>
  get(id: number): Promise<Approval | undefined>
  /** The newest request of an act that waits, where there is one. */
  waitingFor(act: Act): Promise<Approval | undefined>
  /** Does it. @throws KeytillError `approval.unknown`, `approval.over`, `approval.yourself`, `approval.not_allowed`, and what the act throws */
  grant(by: Person, id: number): Promise<void>
  /** Throws as `grant`. */
  refuse(by: Person, id: number): Promise<void>
  /** Only by who asked. @throws KeytillError `approval.unknown`, `approval.over`, `approval.not_yours` */
  withdraw(by: Person, id: number): Promise<void>
  /** Ends what nobody decided in time. */
  expire(): Promise<void>
}

/** How long a request waits, in ms. */
const LIFE = hours(24)
const PER_PAGE = 6

export function createApprovals(db: Database, performers: Performers, clock: Clock): Approvals {
  const perform = (sql: Sql, actor: string, { act, request }: Pick<Approval, 'act' | 'request'>, ref: string) =>
    (performers[act] as (sql: Sql, actor: string, request: unknown, ref: string) => Promise<void>)(
      sql,
      actor,
      request,
      ref,
    )
  const tell = (sql: Sql, actor: string, action: string, { id, act, requestedBy }: Approval) =>
    recordAudit(sql, clock(), { actor, action, subject: `approval:${id}`, data: { act, requestedBy } })

  async function mustHold(sql: Sql, pseudonym: string, ...needed: readonly (typeof NEEDED)[Act][]): Promise<void> {
    const holder = await heldBy(sql, pseudonym)
    if (!holder || needed.some((permission) => !holder.permissions.has(permission)))
      throw new KeytillError('approval.not_allowed', 'Whoever asks and whoever agrees must be allowed to do it.')
  }

  /** Whoever runs the program has the database in their hands: all that can be asked of them is a second person. */
  async function mayAsk(sql: Sql, pseudonym: string, act: Act): Promise<void> {
    if (pseudonym !== 'operator') await mustHold(sql, pseudonym, NEEDED[act])
  }

  async function open(sql: Sql, id: number): Promise<Approval> {
    const approval = await store.lock(sql, id)
    if (!approval) throw new KeytillError('approval.unknown', 'There is no such request.')
    if (approval.state !== 'waiting' || approval.expiresAt <= clock())
      throw new KeytillError('approval.over', 'This request was decided already, or its time is over.')
    return approval
  }

  const decide = (by: Person, id: number, state: 'granted' | 'refused'): Promise<void> =>
    db.transaction(async (sql) => {
      const approval = await open(sql, id)
      if (approval.requestedBy === by.pseudonym)
        throw new KeytillError('approval.yourself', 'You asked for this yourself: somebody else has to decide.')
      await mustHold(sql, by.pseudonym, 'approvals.decide', NEEDED[approval.act])
      if (state === 'granted') {
        await mayAsk(sql, approval.requestedBy, approval.act)
        await perform(sql, approval.requestedBy, approval, `approval:${id}`)
      }
      await end(sql, approval, state, by.pseudonym)
    })

  async function end(sql: Sql, approval: Approval, state: Approval['state'], by: string): Promise<void> {
    await store.decide(sql, approval.id, state, by, clock())
    await tell(sql, by, `approval.${state}`, approval)
    await tellOfApproval(sql, approval.id, approval.requestedBy)
  }

  return {
    submit: (by, act, request, idempotencyKey, extent) =>
      db.transaction(async (sql): Promise<Submitted> => {
        await mayAsk(sql, by.pseudonym, act)
        const now = clock()
        if (await mayActAlone(sql, { act, actor: by.pseudonym, extent, idempotencyKey, now })) {
          await perform(sql, by.pseudonym, { act, request } as Approval, idempotencyKey)
          return { done: true }
        }
        const { id, isNew } = await store.add(sql, {
          act,
          request,
          money: extent && 'currency' in extent ? extent : undefined,
          requestedBy: by.pseudonym,
          requestedAt: now,
          expiresAt: after(now, LIFE),
          idempotencyKey,
        })
        if (isNew) {
          await recordAudit(sql, now, {
            actor: by.pseudonym,
            action: 'approval.asked',
            subject: `approval:${id}`,
            data: { act, ...request },
          })
          await tellOfApproval(sql, id, by.pseudonym)
        }
        return { waiting: id }
      }),
    async waiting(wanted) {
      const total = await store.countWaiting(db)
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      return { items: await store.waiting(db, take, skip), page, pages, total }
    },
    get: (id) => store.get(db, id),
    waitingFor: (act) => store.waitingFor(db, act, clock()),
    grant: (by, id) => decide(by, id, 'granted'),
    refuse: (by, id) => decide(by, id, 'refused'),
    withdraw: (by, id) =>
      db.transaction(async (sql) => {
        const approval = await open(sql, id)
        if (approval.requestedBy !== by.pseudonym)
          throw new KeytillError('approval.not_yours', 'Only who asked can take it back; you can refuse it.')
        await end(sql, approval, 'withdrawn', by.pseudonym)
      }),
    expire: () =>
      db.transaction(async (sql) => {
        for (const { id, requested_by } of await store.expire(sql, clock())) {
          await recordAudit(sql, clock(), { actor: 'system', action: 'approval.expired', subject: `approval:${id}` })
          await tellOfApproval(sql, id, requested_by)
        }
      }),
  }
}
