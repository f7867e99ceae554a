import { setImmediate } from 'node:timers/promises'
import { recordAudit } from '../audit/service.ts'
import { goodsReceived } from '../ledger/policy.ts'
import { book } from '../ledger/service.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { fingerprint } from '../vault/fingerprint.ts'
import type { SealingKeyring } from '../vault/keyring.ts'
import { type BatchSealer, createBatchSealer } from '../vault/sealing.ts'
import type { ImportReport } from './model.ts'
import type { KeyRow, Row } from './rows.ts'
import * as store from './store.ts'

const CHUNK = 5000
const NAMED_LINES = 20

/** Counts of an import as it goes. */
class Tally {
  added = 0
  duplicates = 0
  malformed = 0
  readonly duplicateLines: number[] = []
  readonly malformedLines: ImportReport['malformedLines'][number][] = []

  duplicate(line: number): void {
    this.duplicates++
    if (this.duplicateLines.length < NAMED_LINES) this.duplicateLines.push(line)
  }

  problem(row: ImportReport['malformedLines'][number]): void {
    this.malformed++
    if (this.malformedLines.length < NAMED_LINES) this.malformedLines.push(row)
  }
}

type Numbered = { readonly line: number; readonly row: KeyRow }

interface Chunk {
  readonly rows: readonly Numbered[]
  /** how many lines among them were no keys */
  readonly malformed: number
}

/** Gives the well-formed rows in chunks; the others go to the tally. There is one chunk at least. */
async function* chunksOf(rows: AsyncIterable<Row>, tally: Tally): AsyncGenerator<Chunk> {
  let chunk: Numbered[] = []
  let malformedBefore: number | undefined
  const cut = (): Chunk => {
    const whole = { rows: chunk, malformed: tally.malformed - (malformedBefore ?? 0) }
    chunk = []
    malformedBefore = tally.malformed
    return whole
  }
  for await (const row of rows) {
    if ('problem' in row) tally.problem(row)
    else chunk.push(row)
    if (chunk.length === CHUNK) yield cut()
  }
  if (chunk.length > 0 || tally.malformed !== malformedBefore) yield cut()
}

export type Progress = (report: ImportReport) => void

/** Counts what an import would do and changes nothing. Fingerprints seen in the file are remembered: 16 bytes each. */
export async function previewRows(
  sql: Sql,
  keyring: SealingKeyring,
  rows: AsyncIterable<Row>,
  progress?: Progress,
): Promise<ImportReport> {
  const tally = new Tally()
  const seen = new Set<string>()
  for await (const chunk of chunksOf(rows, tally)) {
    const prints = chunk.rows.map(({ row }) => fingerprint(keyring, row.key))
    const known = await store.knownKeys(sql, prints)
    for (const [index, { line }] of chunk.rows.entries()) {
      const print = prints[index]?.toString('latin1', 0, 16) ?? ''
      if (known.has(index) || seen.has(print)) tally.duplicate(line)
      else tally.added++
      seen.add(print)
    }
    progress?.(tally)
  }
  return tally
}

export interface Batch {
  readonly productId: number
  readonly sku: string
  /** of its costs */
  readonly currency: string
  readonly source: string
  readonly importedBy: string
}

/** What an import writes with. */
export interface Tools {
  readonly db: Database
  readonly keyring: SealingKeyring
  readonly clock: Clock
}

/**
 * Seals rows and puts them on the shelf, a chunk a transaction, with what they cost and what is said of them: what was added
 * before a crash stays and is booked, and importing the same again finds it as duplicates. While the database writes a
 * chunk the next one is sealed; memory does not grow with the number of rows.
 */
export async function importRows(
  { db, keyring, clock }: Tools,
  batch: Batch,
  rows: AsyncIterable<Row>,
  progress?: Progress,
): Promise<ImportReport> {
  const tally = new Tally()
  const id = await store.nextBatchId(db)
  const sealer = createBatchSealer(keyring, { productId: batch.productId, batchId: id })
  const { sealedDataKey, keyVersion } = sealer
  const { productId, source, importedBy } = batch
  await store.startBatch(db, { id, productId, source, importedBy, sealedDataKey, keyVersion, createdAt: clock() })

  async function write(chunk: Chunk, keys: store.SealedKeys): Promise<void> {
    const fresh = await db.transaction((sql) => addChunk(sql, clock(), batch, id, chunk, keys))
    for (const [index, { line }] of chunk.rows.entries()) {
      if (fresh.has(keys.firstOrdinal + index)) tally.added++
      else tally.duplicate(line)
    }
    progress?.(tally)
  }
  let ordinal = 1
  let writing = Promise.resolve()
  try {
    for await (const chunk of chunksOf(rows, tally)) {
      const keys = await seal(keyring, sealer, chunk.rows, ordinal)
      ordinal += chunk.rows.length
      await writing
      writing = write(chunk, keys)
      // It is waited for below, but perhaps not before it has failed.
      writing.catch(() => {})
    }
  } finally {
    await writing
  }
  await store.finishBatch(db, id, clock())
  return tally
}

/** Adds a chunk within a transaction: its keys, their worth, and who brought them. Returns the ordinals of those that were new. */
async function addChunk(
  sql: Sql,
  at: Date,
  { sku, currency, source, importedBy }: Batch,
  id: number,
  { rows, malformed }: Chunk,
  keys: store.SealedKeys,
): Promise<ReadonlySet<number>> {
  const { firstOrdinal, costs } = keys
  const fresh = await store.addKeys(sql, id, keys)
  const cost = costs.reduce<number>((sum, each, index) => sum + (fresh.has(firstOrdinal + index) ? (each ?? 0) : 0), 0)
  const goods = goodsReceived(id, firstOrdinal, { cost, currency })
  if (goods) await book(sql, at, goods)
  const counts = { added: fresh.size, duplicates: rows.length - fresh.size, malformed }
  await store.countLines(sql, id, counts)
  await recordAudit(sql, at, {
    actor: importedBy,
    action: 'keys.imported',
    subject: `batch:${id}`,
    data: { sku, source, ...counts },
  })
  return fresh
}

/** So many keys are sealed at one go: a shop that imports has chats to answer meanwhile. */
const AT_ONE_GO = 200

async function seal(
  keyring: SealingKeyring,
  sealer: BatchSealer,
  rows: readonly Numbered[],
  firstOrdinal: number,
): Promise<store.SealedKeys> {
  const ciphertexts: Buffer[] = []
  const fingerprints: Buffer[] = []
  for (const [index, { row }] of rows.entries()) {
    if (index % AT_ONE_GO === AT_ONE_GO - 1) await setImmediate()
    ciphertexts.push(sealer.seal(firstOrdinal + index, row.key))
    fingerprints.push(fingerprint(keyring, row.key))
  }
  const expires = rows.map(({ row }) => row.expiresAt ?? null)
  const costs = rows.map(({ row }) => row.cost ?? null)
  return { firstOrdinal, ciphertexts, fingerprints, expires, costs }
}
