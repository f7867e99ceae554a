import { recordAudit } from '../audit/service.ts'
import { addressOn } from '../customers/service.ts'
import { keysExported } from '../ledger/policy.ts'
import { book } from '../ledger/service.ts'
import { sendExport } from '../notifications/service.ts'
import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { type Page, pageOf } from '../platform/page.ts'
import { heldBy } from '../staff/service.ts'
import type { Keyring } from '../vault/keyring.ts'
import { createKeyOpener } from '../vault/sealing.ts'
import * as store from './exports.ts'
import type { Exportable, ExportScope, KeyExport } from './model.ts'
import { csvOf, type KeyRow } from './rows.ts'

/** The most keys of one export: more than fits into a chat is a file, and more than this is several. */
export const MOST_EXPORTED = 10_000
/** For how long who asked may have the file again, in ms. */
const AGAIN = hours(1)
const PER_PAGE = 8

/** What is asked for, once it may be done. */
interface Wanted {
  readonly sku: string
  readonly batchId?: number | undefined
  readonly keys: number
  readonly reason: string
  readonly channel: string
}

/**
 * Unsold keys that leave the shop (to their supplier, to another shop): they are never sold here again, and who asked, nobody
 * else, gets them as a file that an import reads.
 */
export interface Exports {
  /** Undefined when there is no such product or import. */
  exportable(scope: ExportScope): Promise<Exportable | undefined>
  /**
   * Takes the last keys to be sold out of the trade, all that are wanted or none, books and records it, and has the file sent:
   * within the caller's transaction, once per `ref`. None of them is reserved, sold, frozen or expired.
   * @throws KeytillError `export.short` (detail: how many there are at this moment), `export.no_chat`
   */
  take(sql: Sql, by: string, wanted: Wanted, ref: string): Promise<void>
  get(id: number): Promise<KeyExport | undefined>
  /** The export that was made for this. */
  made(ref: string): Promise<KeyExport | undefined>
  /** Newest first. */
  list(page: number): Promise<Page<KeyExport>>
  /** Whether somebody may have the file now: only who asked, until an hour after they first had it. */
  isOpenTo(one: KeyExport, pseudonym: string): boolean
  /**
   * The file, for who asked and still may; that they were shown it is recorded before it is handed out.
   * @throws KeytillError `export.unknown`, `export.not_yours`, `export.over`, `vault.key_version_unknown`
   */
  open(id: number, pseudonym: string, channel: string): Promise<Buffer>
  /** They have it: the hour begins. */
  sent(id: number): Promise<void>
}

export function createExports(db: Database, keyring: Keyring, clock: Clock): Exports {
  const opener = createKeyOpener(keyring, { now: () => clock().getTime() })

  function opened(sealed: store.SealedExport): KeyRow {
    const batch = {
      productId: sealed.product_id,
      batchId: sealed.batch_id,
      sealedDataKey: sealed.sealed_data_key,
      keyVersion: sealed.key_version,
    }
    return {
      key: opener.open(batch, Number(sealed.ordinal), sealed.ciphertext),
      ...(sealed.expires_at ? { expiresAt: sealed.expires_at } : {}),
      ...(sealed.cost === null ? {} : { cost: sealed.cost }),
    }
  }

  const isOpen = ({ sentAt }: KeyExport): boolean => sentAt === undefined || clock() < after(sentAt, AGAIN)

  return {
    exportable: (scope) => store.exportable(db, scope, clock()),
    async take(sql, by, wanted, ref) {
      const { sku, batchId, keys, reason, channel } = wanted
      const at = clock()
      const id = await store.addExport(sql, { ref, sku, batchId, keys, reason, by, channel, at })
      if (id === undefined) return
      const to = await addressOn(sql, by, channel)
      if (!to) throw new KeytillError('export.no_chat', 'There is no chat to send the keys to: ask from your own chat.')
      const picked = await store.pickKeys(sql, batchId === undefined ? { sku } : { batchId }, keys, at)
      if (picked.length < keys) throw new KeytillError('export.short', String(picked.length))
      const ids = picked.map((key) => key.id)
      if ((await store.takeKeys(sql, id, ids, { reason, by, at })) !== keys)
        throw new KeytillError('export.short', String(picked.length))
      const made = (await store.get(sql, id)) as NonNullable<Awaited<ReturnType<typeof store.get>>>
      const cost = picked.reduce((sum, key) => sum + (key.cost ?? 0), 0)
      await book(sql, at, keysExported(id, { cost, currency: made.currency }))
      for (const batch of new Set(picked.map((key) => key.batchId))) {
        const own = picked.filter((key) => key.batchId === batch).map((key) => Number(key.id))
        const data = { export: id, sku, reason, count: own.length, keys: own }
        await recordAudit(sql, at, { actor: by, action: 'keys.exported', subject: `batch:${batch}`, data })
      }
      await sendExport(sql, to, id)
    },
    get: (id) => store.get(db, id),
    made: (ref) => store.byRef(db, ref),
    async list(wanted) {
      const total = await store.count(db)
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      return { items: await store.list(db, take, skip), page, pages, total }
    },
    isOpenTo: (one, pseudonym) => one.by === pseudonym && isOpen(one),
    async open(id, pseudonym, channel) {
      const found = await store.get(db, id)
      if (!found) throw new KeytillError('export.unknown', 'There is no such export.')
      const holder = await heldBy(db, pseudonym)
      if (found.by !== pseudonym || !holder?.permissions.has('keys.export'))
        throw new KeytillError('export.not_yours', 'Only who asked for these keys gets them.')
      if (!isOpen(found))
        throw new KeytillError('export.over', 'The hour is over: of this export only the record is left.')
      const keys = (await store.sealedKeys(db, id)).map(opened)
      await db.transaction((sql) =>
        recordAudit(sql, clock(), {
          actor: pseudonym,
          action: 'keys.export_shown',
          subject: `export:${id}`,
          data: { sku: found.sku, count: keys.length, channel },
        }),
      )
      return Buffer.from(csvOf(keys, found.currency))
    },
    sent: (id) => store.markSent(db, id, clock()),
  }
}
