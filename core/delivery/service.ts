import { recordAudit } from '../audit/service.ts'
import type { Customer } from '../customers/model.ts'
import { type Order, unitCount } from '../orders/model.ts'
import type { Orders } from '../orders/service.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import type { Profiles } from '../profile/service.ts'
import { fingerprint } from '../vault/fingerprint.ts'
import type { Keyring } from '../vault/keyring.ts'
import { mask } from '../vault/masking.ts'
import { createKeyOpener, type KeyPlaintext } from '../vault/sealing.ts'
import { createLinks, type Links, type Reveal } from './links.ts'
import type { MaskedKey, MaskedUnit, OpenedKey } from './model.ts'
import { concealed, wordsOf } from './policy.ts'
import { allUnits, quotableKeys, recordReveal, type SealedKey, type SealedUnit, sealedUnits } from './store.ts'

export interface Delivery {
  /** The first `most` keys of a delivered order, masked, without those that are withheld. Empty when it is not delivered. */
  masked(order: Order, most: number): Promise<readonly MaskedKey[]>
  /** All keys that its buyer has or had of a delivered order, masked: those that are withheld, or whose price went back, too. */
  maskedAll(order: Order): Promise<readonly MaskedUnit[]>
  /**
   * The keys of a delivered order, for its buyer; that they were shown is recorded before they are handed out. Keys that staff
   * froze or voided after the sale are withheld: they are missing from the answer, whose `lineId`s tell from which line.
   * @throws KeytillError `order.not_yours`, `order.state` when there is nothing to show (any more), `order.keys_withheld`
   * when every key is withheld
   */
  reveal(order: Order, customer: Customer, channel: string): Promise<readonly OpenedKey[]>
  /** What was written by or about a customer, as staff may read it: keys they were shown, or that are the shop's, are masked. */
  conceal(texts: readonly string[], customerId: number): Promise<readonly string[]>
  /** Addresses that show the keys of an order once. */
  readonly links: Links
}

export interface DeliveryParts {
  readonly db: Database
  readonly keyring: Keyring
  readonly orders: Orders
  readonly profiles: Profiles
  readonly clock: Clock
  /** done in the transaction that records that an order's keys were shown */
  onReveal?(sql: Sql, orderId: bigint, at: Date): Promise<void>
}

/** More keys than anyone quotes. */
const MOST_SHOWN = 1000

const isDelivered = (order: Order) => order.state === 'delivered' || order.state === 'part_delivered'

export function createDelivery({ db, keyring, orders, profiles, clock, onReveal }: DeliveryParts): Delivery {
  const opener = createKeyOpener(keyring, { now: () => clock().getTime() })
  const opened = (sealed: SealedKey): KeyPlaintext => {
    const batch = {
      productId: sealed.product_id,
      batchId: sealed.batch_id,
      sealedDataKey: sealed.sealed_data_key,
      keyVersion: sealed.key_version,
    }
    return opener.open(batch, Number(sealed.ordinal), sealed.ciphertext)
  }
  const open = (unit: SealedUnit): OpenedKey => ({ unitId: unit.unit_id, lineId: unit.line_id, key: opened(unit) })
  const nothingToShow = (order: Order) => new KeytillError('order.state', `The order ${order.no} has no keys to show.`)

  async function keysOf(order: Order): Promise<readonly OpenedKey[]> {
    if (!isDelivered(order)) throw nothingToShow(order)
    const all = await sealedUnits(db, order.id, unitCount(order))
    const units = all.filter(({ withheld }) => !withheld)
    if (all.length > 0 && units.length === 0)
      throw new KeytillError('order.keys_withheld', `All keys of the order ${order.no} are frozen or voided.`)
    return units.map(open)
  }

  const reveal: Reveal = async (order, customer, channel, alongside) => {
    const keys = await keysOf(order)
    await db.transaction(async (sql) => {
      const ids = keys.map(({ unitId }) => unitId)
      if (!(await recordReveal(sql, order.id, customer.id, channel, clock(), ids))) throw nothingToShow(order)
      await recordAudit(sql, clock(), {
        actor: customer.pseudonym,
        action: 'order.revealed',
        subject: `order:${order.no}`,
        data: { units: ids.length, channel },
      })
      await onReveal?.(sql, order.id, clock())
      await alongside?.(sql)
    })
    return keys
  }

  return {
    async masked(order, most) {
      if (!isDelivered(order)) return []
      const units = (await sealedUnits(db, order.id, most)).filter(({ withheld }) => !withheld)
      return units.map((unit) => ({ lineId: unit.line_id, masked: mask(open(unit).key.code) }))
    },
    async maskedAll(order) {
      if (!isDelivered(order)) return []
      const units = await allUnits(db, order.id)
      return units.map((unit) => ({ unitId: unit.unit_id, masked: mask(open(unit).key.code) }))
    },
    async reveal(order, customer, channel) {
      if (order.customerId !== customer.id) throw new KeytillError('order.not_yours', 'This is another person’s order.')
      return reveal(order, customer, channel)
    },
    async conceal(texts, customerId) {
      const prints = texts.flatMap(wordsOf).map((code) => fingerprint(keyring, { code }))
      const keys = (await quotableKeys(db, customerId, MOST_SHOWN, prints)).map(opened)
      return texts.map((text) => concealed(text, keys))
    },
    links: createLinks({ db, orders, profiles, clock, keysOf, reveal }),
  }
}
