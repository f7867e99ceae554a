import { recordAudit } from '../audit/service.ts'
import type { Customer } from '../customers/model.ts'
import { bookLost } from '../ledger/service.ts'
import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { type Page, pageOf } from '../platform/page.ts'
import { KEPT_HOURLY } from '../privacy/model.ts'
import { openBlob, sealBlob } from '../vault/blob.ts'
import { fingerprint } from '../vault/fingerprint.ts'
import type { Keyring } from '../vault/keyring.ts'
import * as drafts from './drafts.ts'
import { formatRule } from './format.ts'
import type { BatchFacts, BatchKey, BatchSummary, KeyEvent } from './history.ts'
import * as history from './history.ts'
import { importRows, type Progress, previewRows } from './importing.ts'
import { type Line, linesOf } from './lines.ts'
import type { ImportReport, ImportSource, KeyFacts, KeyName, StockLevel } from './model.ts'
import { joinPasted } from './pasted.ts'
import { isRow, type Row, type RowRules, rowsOf } from './rows.ts'
import * as store from './store.ts'

export interface ImportTarget {
  readonly id: number
  readonly sku: string
  readonly format: string
  readonly currency: string
}

type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export interface Inventory {
  /** What importing would do; changes nothing. @throws KeytillError `import.binary` */
  preview(product: ImportTarget, bytes: Bytes, progress?: Progress): Promise<ImportReport>
  /** Imports keys from a stream, in chunks that are each committed. @throws KeytillError `import.binary` */
  import(
    actor: string,
    product: ImportTarget,
    source: ImportSource,
    bytes: Bytes,
    progress?: Progress,
  ): Promise<ImportReport>

  /** Begins an import by a member of staff, to be confirmed; what it holds is sealed. Returns its id. */
  startDraft(staff: Customer, product: ImportTarget, source: ImportSource): Promise<number>
  /**
   * Adds to a draft, once per `event`: a long paste arrives in several messages.
   * @throws KeytillError `import.gone`
   */
  addToDraft(staff: Customer, draftId: number, event: string, bytes: Uint8Array): Promise<void>
  /** @throws KeytillError `import.gone` when it was confirmed, dropped or is not this person's */
  previewDraft(
    staff: Customer,
    draftId: number,
    target: (sku: string) => Promise<ImportTarget>,
  ): Promise<ImportReport & { sku: string }>
  confirmDraft(
    staff: Customer,
    draftId: number,
    target: (sku: string) => Promise<ImportTarget>,
  ): Promise<ImportReport & { sku: string }>
  dropDraft(staff: Customer, draftId: number): Promise<void>
  /** Forgets drafts that nobody confirmed within a day. */
  dropOldDrafts(): Promise<void>

  levels(sku: string | undefined, page: number): Promise<Page<StockLevel>>
  /** A key by its text, its place in an order or its id; never its text. */
  find(name: KeyName): Promise<KeyFacts | undefined>
  /** Takes a key out of the trade until it is unfrozen. False when it already is. */
  freeze(actor: string, key: KeyFacts, reason: string): Promise<boolean>
  unfreeze(actor: string, key: KeyFacts): Promise<boolean>
  /** Takes a key out of the trade for good; what it had cost is lost. False when it already is. */
  void(actor: string, key: KeyFacts, reason: string): Promise<boolean>
  /** A key that its buyer was shown has been used, as they or staff say. False when it was not shown, or something else is said of it. */
  markUsed(actor: string, cardId: bigint): Promise<boolean>
  /** It has not. False when nobody said so. */
  unmarkUsed(actor: string, cardId: bigint): Promise<boolean>

  /** All that ever happened to a key, in its order; never its text. */
  history(cardId: bigint): Promise<readonly KeyEvent[]>
  batch(id: number): Promise<BatchFacts | undefined>
  batchKeys(id: number, page: number): Promise<Page<BatchKey>>
  /** Newest first. */
  batches(page: number): Promise<Page<BatchSummary>>
}

export const DRAFT_PURPOSE = 'import draft'
const LEVELS_PER_PAGE = 20
const KEYS_PER_PAGE = 8

export function createInventory(db: Database, keyring: Keyring, clock: Clock): Inventory {
  const rulesOf = ({ format, currency }: ImportTarget): RowRules => ({
    format: formatRule(format),
    currency,
    now: clock(),
  })
  const rows = (product: ImportTarget, lines: AsyncIterable<Line>): AsyncIterable<Row> =>
    rowsOf(lines, rulesOf(product))

  const importInto = (
    actor: string,
    { id, sku, currency }: ImportTarget,
    source: ImportSource,
    found: AsyncIterable<Row>,
    progress?: Progress,
  ): Promise<ImportReport> =>
    importRows({ db, keyring, clock }, { productId: id, sku, currency, source, importedBy: actor }, found, progress)

  async function draftOf(staff: Customer, draftId: number) {
    const draft = await drafts.draft(db, draftId, staff.id)
    if (!draft)
      throw new KeytillError(
        'import.gone',
        'This import was already confirmed or dropped. Send the keys again to start anew.',
      )
    return draft
  }

  /** The lines of a draft, one part after the other: each is read by itself, for a file may be written in another way. */
  async function* linesOfDraft(draftId: number, source: ImportSource, product: ImportTarget): AsyncGenerator<Line> {
    const sent = (await drafts.draftParts(db, draftId)).map((sealed) => openBlob(keyring, DRAFT_PURPOSE, sealed))
    const rules = rulesOf(product)
    const isKey = (line: string) => isRow(line, rules)
    const parts = source === 'paste' ? joinPasted(sent.map(String), isKey).map((text) => Buffer.from(text)) : sent
    let number = 1
    for (const part of parts) {
      for await (const { text } of linesOf([part])) yield { number: number++, text }
    }
  }

  async function mark(kind: 'frozen' | 'void', actor: string, key: KeyFacts, reason: string): Promise<boolean> {
    return db.transaction(async (sql) => {
      const marked = await store.mark(sql, key.cardId, kind, reason, actor, clock())
      const free = marked && kind === 'void' ? await store.costInStock(sql, key.cardId) : undefined
      if (free) await bookLost(sql, clock(), [{ cardId: key.cardId, ...free, from: 'stock' }])
      if (marked)
        await recordAudit(sql, clock(), {
          actor,
          action: `key.${kind}`,
          subject: `key:${key.cardId}`,
          data: { sku: key.sku, reason },
        })
      return marked
    })
  }

  function said(
    actor: string,
    cardId: bigint,
    action: string,
    change: (sql: Sql) => Promise<boolean>,
  ): Promise<boolean> {
    return db.transaction(async (sql) => {
      const changed = await change(sql)
      if (changed) await recordAudit(sql, clock(), { actor, action, subject: `key:${cardId}` })
      return changed
    })
  }

  return {
    preview: (product, bytes, progress) => previewRows(db, keyring, rows(product, linesOf(bytes)), progress),
    import: (actor, product, source, bytes, progress) =>
      importInto(actor, product, source, rows(product, linesOf(bytes)), progress),
    startDraft: (staff, product, source) => drafts.startDraft(db, product.id, staff.id, source, clock()),
    async addToDraft(staff, draftId, event, bytes) {
      const isNew = await drafts.addDraftPart(db, draftId, staff.id, event, sealBlob(keyring, DRAFT_PURPOSE, bytes))
      // Not a repeat: there is no such draft.
      if (!isNew) await draftOf(staff, draftId)
    },
    async previewDraft(staff, draftId, target) {
      const { sku, source } = await draftOf(staff, draftId)
      const product = await target(sku)
      const lines = linesOfDraft(draftId, source, product)
      return { ...(await previewRows(db, keyring, rows(product, lines))), sku }
    },
    async confirmDraft(staff, draftId, target) {
      const { sku, source } = await draftOf(staff, draftId)
      const product = await target(sku)
      const lines = linesOfDraft(draftId, source, product)
      const report = await importInto(staff.pseudonym, product, source, rows(product, lines))
      await drafts.dropDraft(db, draftId)
      return { ...report, sku }
    },
    async dropDraft(staff, draftId) {
      await draftOf(staff, draftId)
      await drafts.dropDraft(db, draftId)
    },
    dropOldDrafts: () => drafts.dropOldDrafts(db, after(clock(), -hours(24 * KEPT_HOURLY.drafts))),
    async levels(sku, wanted) {
      const total = await store.countProducts(db, sku)
      const { page, pages, skip, take } = pageOf(total, LEVELS_PER_PAGE, wanted)
      return { items: await store.levels(db, clock(), sku, take, skip), page, pages, total }
    },
    async find(name) {
      if ('text' in name) return store.factsByFingerprint(db, fingerprint(keyring, { code: name.text }), clock())
      if ('cardId' in name) return store.factsById(db, name.cardId, clock())
      return store.factsByUnit(db, name.orderNo, name.unit, clock())
    },
    markUsed: (actor, cardId) => said(actor, cardId, 'key.used', (sql) => store.markUsed(sql, cardId, actor, clock())),
    unmarkUsed: (actor, cardId) => said(actor, cardId, 'key.unused', (sql) => store.unmarkUsed(sql, cardId)),
    history: (cardId) => history.historyOf(db, cardId),
    batch: (id) => history.batch(db, id, clock()),
    async batchKeys(id, wanted) {
      const total = await history.countBatchKeys(db, id)
      const { page, pages, skip, take } = pageOf(total, KEYS_PER_PAGE, wanted)
      return { items: await history.batchKeys(db, id, clock(), take, skip), page, pages, total }
    },
    async batches(wanted) {
      const total = await history.countBatches(db)
      const { page, pages, skip, take } = pageOf(total, KEYS_PER_PAGE, wanted)
      return { items: await history.batches(db, take, skip), page, pages, total }
    },
    freeze: (actor, key, reason) => mark('frozen', actor, key, reason),
    void: (actor, key, reason) => mark('void', actor, key, reason),
    unfreeze: (actor, key) =>
      db.transaction(async (sql) => {
        const done = await store.unfreeze(sql, key.cardId)
        if (done)
          await recordAudit(sql, clock(), {
            actor,
            action: 'key.unfrozen',
            subject: `key:${key.cardId}`,
            data: { sku: key.sku },
          })
        return done
      }),
  }
}
