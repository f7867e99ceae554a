import { createHash } from 'node:crypto'
import { recordAudit } from '../audit/service.ts'
import { accountsOf, type Customer, channelsBeside, STAFF_BOT } from '../customers/model.ts'
import { walletCame, walletLeft } from '../ledger/policy.ts'
import { book } from '../ledger/service.ts'
import type { Notice } from '../notifications/model.ts'
import { passOn, tellOfAccount } from '../notifications/service.ts'
import { after, type Clock, minutes } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { randomCode } from '../platform/ids.ts'
import { type CreateLimiter, LIMITS } from '../platform/limits.ts'
import { isBlocked, join, labelOf } from '../risk/service.ts'
import { inTurn } from '../support/service.ts'
import { credit, debit, lockBalances } from '../wallet/service.ts'
import { moveAll } from './merging.ts'
import type { Account, LinkHindrance, LinkPreview, Place } from './model.ts'
import * as store from './store.ts'

/**
 * One person, several channels (C2): accounts that are linked by a one-time code are one customer from then on, with all that names
 * either of them. Of the two customers the older one is left.
 *
 * Staff are not linked: what a person may do would go over to accounts that nobody gave it to. Nor is anyone who is blocked, or of
 * whom an order or an appeal is being looked at. What is counted of the two adds up.
 *
 * What keeps a person from it is KeytillError `linking.staff`, `linking.blocked`, `linking.review`, and `linking.other` when it is the
 * other account that is kept from it: why is not theirs to know.
 */
export interface Linking {
  /** A one-time code for another account of theirs; the last one is void. Throws what keeps them from it. */
  code(customer: Customer, here: Place): Promise<{ readonly code: string; readonly expiresAt: Date }>
  /** What would be linked by this code; only then can it be confirmed. @throws KeytillError `linking.code`, `linking.twice`, `linking.same`, `linking.too_often` */
  type(customer: Customer, code: string): Promise<LinkPreview>
  /** Makes one customer of who typed a code and whose it was, and tells the other account; false when it is too late for that. */
  confirm(customer: Customer, here: Place): Promise<boolean>
  /** They do not want to be linked by what they have typed. */
  decline(customer: Customer): Promise<void>
  accounts(customerId: number): Promise<readonly Account[]>
  /**
   * An account goes its own way as a new customer: all that was bought, the wallet and the tickets stay with the other accounts. It is
   * told. Returns the account; undefined when it is not theirs, or the only one. Throws what keeps them from it.
   */
  unlink(customer: Customer, key: string, here: Place): Promise<Account | undefined>
  /** Whether a chat belongs to somebody else than whom a notice is for: their account was unlinked. */
  isOthers(to: Place & { readonly customerId: number }): Promise<boolean>
  /** Has a notice that did not reach its buyer go to another of their accounts; false when there is none. */
  passOn(notice: Notice, from: Place): Promise<boolean>
  /** Forgets codes that have run out. */
  prune(): Promise<void>
}

/** How long a code is good for. */
const LIFE = minutes(10)
/** 40 bits: with so few tries and so little time nobody guesses one. */
const CODE_LENGTH = 8

const hashOf = (code: string): Buffer => createHash('sha256').update(code.toUpperCase().replace(/[\s-]/g, '')).digest()
/** On which channel people have this account, besides others with the same ones. */
const keyOf = (row: store.AccountRow): string =>
  createHash('sha256')
    .update(`${accountsOf(row.channel)}:${row.externalId}`)
    .digest('hex')
    .slice(0, 12)

const shown = ({ channel, externalId }: { readonly channel: string; readonly externalId: string }) => ({
  channel: accountsOf(channel),
  label: (labelOf({ kind: 'account', value: `:${externalId}` }) ?? '').slice(1),
})

const accountOf = (row: store.AccountRow): Account => ({
  key: keyOf(row),
  ...shown(row),
  linkedAt: row.linkedAt ?? undefined,
})

const WHY: Readonly<Record<LinkHindrance, string>> = {
  staff: 'Staff accounts are not linked.',
  blocked: 'Accounts that are blocked are not linked.',
  review: 'An order or an appeal is being looked at.',
}
const hindered = (why: LinkHindrance) => new KeytillError(`linking.${why}`, WHY[why])

export function createLinking(db: Database, clock: Clock, limiter: CreateLimiter): Linking {
  const tries = limiter(...LIMITS.linkCode)

  const hindranceOf = async (sql: Sql, customerId: number): Promise<LinkHindrance | undefined> =>
    (await isBlocked(sql, clock(), customerId)) ? 'blocked' : store.hindrance(sql, customerId)

  async function mayLink(sql: Sql, me: number, other?: number): Promise<void> {
    const mine = await hindranceOf(sql, me)
    if (mine) throw hindered(mine)
    if (other !== undefined && (await hindranceOf(sql, other)))
      throw new KeytillError('linking.other', 'The other account cannot be linked now.')
  }

  /** Their accounts: one that people have on several channels is one. */
  async function accountsOfCustomer(sql: Sql, customerId: number): Promise<store.AccountRow[]> {
    const rows = await store.accounts(sql, customerId)
    return rows.filter((row, at) => rows.findIndex((other) => keyOf(other) === keyOf(row)) === at)
  }

  /** Locks all that somebody could be doing for these customers, in the order in which everyone locks it. */
  async function lock(sql: Sql, ids: readonly number[]): Promise<store.LockedCustomer[]> {
    await store.lockTrade(sql, ids)
    await join(sql, ids)
    return store.lockPeople(sql, ids)
  }

  async function moveMoney(sql: Sql, into: number, from: number, at: Date): Promise<void> {
    for (const { amount, currency } of await lockBalances(sql, from)) {
      const out = { customerId: from, amount, currency, move: 'linked', ref: `linked-out:${from}:${currency}` } as const
      await debit(sql, out, at)
      await book(sql, at, walletLeft(out.ref, from, amount, currency))
      const back = { ...out, customerId: into, ref: `linked-in:${from}:${currency}` }
      await credit(sql, back, at)
      await book(sql, at, walletCame(back.ref, into, amount, currency))
    }
  }

  return {
    async code(customer, here) {
      const code = randomCode(CODE_LENGTH)
      const now = clock()
      const expiresAt = after(now, LIFE)
      await db.transaction(async (sql) => {
        await mayLink(sql, customer.id)
        await store.writeCode(sql, { ...here, customerId: customer.id, hash: hashOf(code) }, now, expiresAt)
      })
      return { code, expiresAt }
    },
    async type(customer, code) {
      if ((await tries.take(String(customer.id))) > 0)
        throw new KeytillError('linking.too_often', 'That is too many codes. Try again in an hour.')
      const found = await db.transaction(async (sql): Promise<LinkPreview | 'unknown' | 'twice'> => {
        await mayLink(sql, customer.id)
        const typed = await store.findCode(sql, hashOf(code), clock())
        if (!typed || typed.externalId === null) return 'unknown'
        if (typed.customerId === customer.id)
          throw new KeytillError('linking.same', 'That is your own code: type it with your other account.')
        // Somebody else knows it too: whoever that is, nobody is linked by it.
        if (typed.typedBy !== null && typed.typedBy !== customer.id) {
          await store.dropCode(sql, typed.customerId)
          return 'twice'
        }
        await mayLink(sql, customer.id, typed.customerId)
        await store.typeCode(sql, typed.customerId, customer.id)
        return {
          orders: await store.countOrders(sql, customer.id),
          balances: await lockBalances(sql, customer.id),
          other: shown({ channel: typed.channel, externalId: typed.externalId }),
        }
      })
      if (found === 'unknown') throw new KeytillError('linking.code', 'There is no such code, or it has run out.')
      if (found === 'twice') throw new KeytillError('linking.twice', 'This code was typed by two accounts: it is void.')
      return found
    },
    confirm: (customer, here) =>
      db.transaction(async (sql) => {
        const now = clock()
        const code = await store.typedCode(sql, customer.id, now)
        if (!code) return false
        const ids = [customer.id, code.customerId].toSorted((a, b) => a - b) as [number, number]
        for (const id of ids) await inTurn(sql, id)
        // Whoever asks about blocks is one after the other: so are all who link.
        await isBlocked(sql, now, customer.id)
        const people = await lock(sql, ids)
        const [into, from] = people
        if (!into?.isThere || !from?.isThere) throw new KeytillError('linking.code', 'One of the accounts has moved.')
        await mayLink(sql, customer.id, code.customerId)
        if (!(await store.takeCode(sql, code.customerId, customer.id, now))) return false
        await moveMoney(sql, into.id, from.id, now)
        await moveAll(sql, into.id, from.id, now)
        await recordAudit(sql, now, {
          actor: customer.pseudonym,
          action: 'customer.linked',
          subject: `customer:${into.pseudonym}`,
          data: { with: from.pseudonym, channels: [code.channel, here.channel] },
        })
        const { channel, chat } = code
        await tellOfAccount(sql, { customerId: into.id, channel, chat }, 'linked', accountsOf(here.channel), now)
        return true
      }),
    decline: (customer) => store.forgetTyped(db, customer.id),
    accounts: async (customerId) => (await accountsOfCustomer(db, customerId)).map(accountOf),
    unlink: (customer, key, here) =>
      db.transaction(async (sql) => {
        const now = clock()
        await inTurn(sql, customer.id)
        const why = await hindranceOf(sql, customer.id)
        // Staff who leave an account behind gain nothing.
        if (why && why !== 'staff') throw hindered(why)
        await store.lockTrade(sql, [customer.id])
        const [locked] = await store.lockPeople(sql, [customer.id])
        const accounts = await accountsOfCustomer(sql, customer.id)
        const leaving = accounts.find((row) => keyOf(row) === key)
        if (!locked?.isThere || !leaving || accounts.length < 2) return undefined
        const { id, pseudonym } = await store.makeLike(sql, customer.id)
        // Rules that count by who shares something go on counting them together.
        await join(sql, [customer.id, id])
        const home = accountsOf(leaving.channel)
        const channels = [home, ...channelsBeside(home)]
        await store.giveAccount(sql, customer.id, id, { externalId: leaving.externalId, channels })
        await store.unlinkLast(sql, customer.id, accounts.length === 2)
        await recordAudit(sql, now, {
          actor: customer.pseudonym,
          action: 'customer.unlinked',
          subject: `customer:${locked.pseudonym}`,
          data: { leaves: pseudonym, channel: home },
        })
        const to = { customerId: id, channel: leaving.channel, chat: leaving.chat }
        if (to.channel !== here.channel || to.chat !== here.chat)
          await tellOfAccount(sql, to, 'unlinked', accountsOf(here.channel), now)
        return accountOf(leaving)
      }),
    isOthers: (to) => store.isOthers(db, to.customerId, to),
    passOn: (notice, from) =>
      db.transaction(async (sql) => {
        const to = await store.elsewhere(sql, notice.to.customerId, from, STAFF_BOT)
        if (to) await passOn(sql, notice, to)
        return to !== undefined
      }),
    prune: () => store.pruneCodes(db, clock()),
  }
}
