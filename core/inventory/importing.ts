import { setImmediate } from 'node:timers/promises'
import { recordAudit } from '../audit/service.ts'
import { goodsReceived } from '../ledger/policy.ts'
import { book } from '../ledger/service.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { ByteaArray, type Sql } from '../platform/database/sql.ts'
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
  let lines: number[] = []
  let prints: Buffer[] = []
  async function look(): Promise<void> {
    const known = await store.knownKeys(sql, prints)
    for (const [index, print] of prints.entries()) {
      const short = print.toString('latin1', 0, 16)
      if (known.has(index) || seen.has(short)) tally.duplicate(lines[index] as number)
      else tally.added++
      seen.add(short)
    }
    lines = []
    prints = []
    progress?.(tally)
  }
  for await (const row of rows) {
    if ('problem' in row) tally.problem(row)
    else {
      lines.push(row.line)
      prints.push(fingerprint(keyring, row.row.key))
    }
    if (prints.length === CHUNK) await look()
  }
  await look()
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

  async function write(chunk: Chunk): Promise<void> {
    const fresh = await db.transaction((sql) => addChunk(sql, clock(), batch, id, chunk))
    for (const [index, line] of chunk.lines.entries()) {
      if (fresh.has(chunk.firstOrdinal + index)) tally.added++
      else tally.duplicate(line)
    }
    progress?.(tally)
  }
  let writing = Promise.resolve()
  try {
    for await (const chunk of sealedChunks(keyring, sealer, rows, tally)) {
      await writing
      writing = write(chunk)
      // It is waited for below, but perhaps not before it has failed.
      writing.catch(() => {})
    }
  } finally {
    await writing
  }
  await store.finishBatch(db, id, clock())
  return tally
}

/** Lines of a file that are written together, sealed. */
class Chunk implements store.SealedKeys {
  readonly firstOrdinal: number
  readonly ciphertexts = new ByteaArray()
  readonly fingerprints = new ByteaArray()
  readonly expires: (Date | null)[] = []
  readonly costs: (number | null)[] = []
  readonly lines: number[] = []
  /** how many lines among them were no keys */
  malformed = 0

  constructor(firstOrdinal: number) {
    this.firstOrdinal = firstOrdinal
  }

  get nextOrdinal(): number {
    return this.firstOrdinal + this.lines.length
  }

  add(line: number, { expiresAt, cost }: KeyRow, ciphertext: Buffer, print: Buffer): void {
    this.lines.push(line)
    this.ciphertexts.add(ciphertext)
    this.fingerprints.add(print)
    this.expires.push(expiresAt ?? null)
    this.costs.push(cost ?? null)
  }
}

/** So many lines are taken at one go: a shop that imports has chats to answer meanwhile. */
const AT_ONE_GO = 200

/** Seals rows as they come, which leaves nothing of them behind. The malformed go to the tally. There is one chunk at least. */
async function* sealedChunks(
  keyring: SealingKeyring,
  sealer: BatchSealer,
  rows: AsyncIterable<Row>,
  tally: Tally,
): AsyncGenerator<Chunk> {
  let chunk = new Chunk(1)
  let taken = 0
  for await (const row of rows) {
    if ('problem' in row) {
      tally.problem(row)
      chunk.malformed++
    } else {
      const { key } = row.row
      chunk.add(row.line, row.row, sealer.seal(chunk.nextOrdinal, key), fingerprint(keyring, key))
    }
    if (++taken % AT_ONE_GO === 0) await setImmediate()
    if (chunk.lines.length < CHUNK) continue
    yield chunk
    chunk = new Chunk(chunk.nextOrdinal)
  }
  if (chunk.lines.length > 0 || chunk.malformed > 0 || chunk.firstOrdinal === 1) yield chunk
}

/** Adds a chunk within a transaction: its keys, their worth, and who brought them. Returns the ordinals of those that were new. */
async function addChunk(
  sql: Sql,
  at: Date,
  { sku, currency, source, importedBy }: Batch,
  id: number,
  chunk: Chunk,
): Promise<ReadonlySet<number>> {
  const { firstOrdinal, costs, lines, malformed } = chunk
  const fresh = await store.addKeys(sql, id, chunk)
  const cost = costs.reduce<number>((sum, each, index) => sum + (fresh.has(firstOrdinal + index) ? (each ?? 0) : 0), 0)
  const goods = goodsReceived(id, firstOrdinal, { cost, currency })
  if (goods) await book(sql, at, goods)
  const counts = { added: fresh.size, duplicates: lines.length - fresh.size, malformed }
  await store.countLines(sql, id, counts)
  await recordAudit(sql, at, {
    actor: importedBy,
    action: 'keys.imported',
    subject: `batch:${id}`,
    data: { sku, source, ...counts },
  })
  return fresh
}
