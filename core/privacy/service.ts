import { recordAudit } from '../audit/service.ts'
import type { Customer } from '../customers/model.ts'
import type { Delivery } from '../delivery/service.ts'
import { FEEDBACK_PURPOSE } from '../feedback/service.ts'
import type { Marketing } from '../marketing/service.ts'
import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { alone, lockOf } from '../platform/leader.ts'
import type { Profiles } from '../profile/service.ts'
import { TICKET_PURPOSE } from '../support/service.ts'
import { openBlob } from '../vault/blob.ts'
import type { Keyring } from '../vault/keyring.ts'
import { type Hindrance, KEPT, KEPT_HOURLY, KINDS, type Kind, type PersonalData, type Retention } from './model.ts'
import * as store from './store.ts'

export interface Privacy {
  /** For how many days each kind of data is kept here. */
  retention(): Promise<Retention>
  /** @throws KeytillError `privacy.kind`, `privacy.days` when it is not 7 to 3650 */
  setRetention(staff: Customer, kind: string, days: number): Promise<void>
  /** Forgets what is over its age, once in each night of the shop, in small steps; the audit log is told how much. */
  nightly(): Promise<void>
  /** Everything the shop has about a person. Keys are left out, and masked where they are quoted. `by` asked for it. */
  collect(by: Customer, customerId: number): Promise<PersonalData>
  /** What stands in the way of forgetting a person. */
  hindrances(customerId: number): Promise<readonly Hindrance[]>
  /**
   * Forgets a person, unless something stands in the way: name, accounts, chats, tickets and words go; orders, payments and the
   * ledger stay under their pseudonym, and so does the audit log, whole. Whoever writes from the same account is new.
   */
  erase(by: Customer, customerId: number): Promise<readonly Hindrance[]>
}

export interface PrivacyParts {
  readonly db: Database
  readonly keyring: Keyring
  readonly delivery: Pick<Delivery, 'conceal'>
  readonly marketing: Pick<Marketing, 'forget'>
  readonly profiles: Profiles
  readonly clock: Clock
}

/** From this hour of the shop's day on the night's work is done, when nobody is about. */
const NIGHT = 3
/** Rows forgotten at once, and how often at most in one night: what is left has the next one. */
const AT_ONCE = 1000
const MOST_STEPS = 100
/** What stands about chats of nobody goes after a day. */
const OF_NOBODY = hours(24)
const LEAST_DAYS = 7
const MOST_DAYS = 3650

export function createPrivacy(parts: PrivacyParts): Privacy {
  const { db, keyring, delivery, marketing, profiles, clock } = parts

  const retention = async (): Promise<Retention> => ({ ...KEPT, ...KEPT_HOURLY, ...(await store.settings(db)) })

  /** Forgets rows of one kind until none is left, or it has been enough for a night. Each step is told with what it did. */
  async function forget(kind: Kind | 'nobody', before: Date): Promise<void> {
    const tell = (sql: Sql, rows: number) =>
      recordAudit(sql, clock(), {
        actor: 'system',
        action: 'retention.applied',
        subject: `retention:${kind}`,
        data: { rows },
      })
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const rows =
        kind === 'broadcasts'
          ? await marketing.forget(before, AT_ONCE, tell)
          : await db.transaction(async (sql) => {
              const forgotten = await store.forgetOld(sql, kind, before, AT_ONCE)
              if (forgotten > 0) await tell(sql, forgotten)
              return forgotten
            })
      if (rows === 0) return
    }
  }

  async function hindrances(sql: Sql, customerId: number, isStaff: boolean): Promise<readonly Hindrance[]> {
    const [no, money, balances] = [
      await store.openOrder(sql, customerId),
      await store.openMoney(sql, customerId),
      await store.balances(sql, customerId),
    ]
    return [
      ...(isStaff ? [{ kind: 'staff' } as const] : []),
      ...(no === undefined ? [] : [{ kind: 'order', no } as const]),
      ...(money ? [{ kind: 'money', no: money.no ?? undefined } as const] : []),
      ...(balances.length > 0 ? [{ kind: 'wallet', balances } as const] : []),
    ]
  }

  return {
    retention,
    async setRetention(staff, name, days) {
      const kind = KINDS.find((one) => one === name)
      if (!kind) throw new KeytillError('privacy.kind', `Kinds of data: ${KINDS.join(', ')}.`)
      if (!Number.isInteger(days) || days < LEAST_DAYS || days > MOST_DAYS)
        throw new KeytillError('privacy.days', `A whole number of days from ${LEAST_DAYS} to ${MOST_DAYS}.`)
      await db.transaction(async (sql) => {
        await store.set(sql, kind, days)
        await recordAudit(sql, clock(), {
          actor: staff.pseudonym,
          action: 'retention.set',
          subject: `retention:${kind}`,
          data: { days },
        })
      })
    },
    async nightly() {
      const { timezone } = await profiles.read()
      const local = after(clock(), hours(timezone - NIGHT))
      const day = local.toISOString().slice(0, 10)
      if (await store.hasRun(db, day)) return
      await alone(db, lockOf('retention'), async () => {
        if (await store.hasRun(db, day)) return
        const kept = await retention()
        for (const kind of KINDS) await forget(kind, after(clock(), -hours(24 * kept[kind])))
        await forget('nobody', after(clock(), -OF_NOBODY))
        await store.ran(db, day, clock())
      })
    },
    async collect(by, customerId) {
      const [data, said, words] = [
        await store.collect(db, customerId),
        await store.said(db, customerId),
        await store.words(db, customerId),
      ]
      const texts = [
        ...said.map(({ sealed }) => openBlob(keyring, TICKET_PURPOSE, sealed).toString()),
        ...words.map(({ sealed }) => openBlob(keyring, FEEDBACK_PURPOSE, sealed).toString()),
      ]
      const shown = await delivery.conceal(texts, customerId)
      const messages = said.map(({ ticket, fromStaff, at }, index) => ({ ticket, fromStaff, at, text: shown[index] }))
      const wordsOf = new Map(words.map(({ no }, index) => [no, shown[said.length + index]]))
      await recordAudit(db, clock(), {
        actor: by.pseudonym,
        action: 'privacy.exported',
        subject: `customer:${await store.pseudonymOf(db, customerId)}`,
      })
      const { profile = {}, accounts = [], orders = [], payments = [], refunds = [], links = [], visits = [] } = data
      const { balances = [], entries = [], tickets = [], feedback = [], broadcasts = [] } = data
      const { challenges = [], passed = [], vouched = [], refusals = [], blocks = [] } = data
      return {
        format: 'keytill-personal-data-1',
        at: clock().toISOString(),
        profile,
        accounts,
        orders,
        payments,
        refunds,
        wallet: { balances, entries },
        tickets: tickets.map((ticket) => ({
          ...ticket,
          messages: messages
            .filter((message) => message.ticket === ticket.id)
            .map(({ fromStaff, at, text }) => ({ from: fromStaff ? 'staff' : 'you', at, text })),
        })),
        feedback: feedback.map((rating) => ({ ...rating, words: wordsOf.get(String(rating.order)) })),
        links,
        broadcasts,
        visits,
        risk: { challenges, passed, vouched, refusals, blocks },
      }
    },
    hindrances: (customerId) =>
      db.transaction(async (sql) => {
        const person = await store.lock(sql, customerId)
        return person ? hindrances(sql, customerId, person.isStaff) : []
      }),
    erase: (by, customerId) =>
      db.transaction(async (sql) => {
        const person = await store.lock(sql, customerId)
        if (!person) return []
        const inTheWay = await hindrances(sql, customerId, person.isStaff)
        if (inTheWay.length > 0) return inTheWay
        const counts = await store.erase(sql, customerId, clock())
        await recordAudit(sql, clock(), {
          actor: by.pseudonym,
          action: 'privacy.erased',
          subject: `customer:${person.pseudonym}`,
          data: counts,
        })
        return []
      }),
  }
}
