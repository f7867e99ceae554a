import { goodsReceived } from '../ledger/policy.ts'
import { book } from '../ledger/service.ts'
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

/** Gives the well-formed rows in chunks; the others go to the tally. */
async function* chunksOf(rows: AsyncIterable<Row>, tally: Tally): AsyncGenerator<Numbered[]> {
  let chunk: Numbered[] = []
  for await (const row of rows) {
    if ('problem' in row) tally.problem(row)
    else chunk.push(row)
    if (chunk.length === CHUNK) {
      yield chunk
      chunk = []
    }
  }
  if (chunk.length > 0) yield chunk
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
    const prints = chunk.map(({ row }) => fingerprint(keyring, row.key))
    const known = await store.knownKeys(sql, prints)
    for (const [index, { line }] of chunk.entries()) {
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
  /** of its costs */
  readonly currency: string
  readonly source: string
  readonly importedBy: string
  readonly at: Date
}

/**
 * Seals rows and puts them on the shelf, a chunk a commit: what was added before a crash stays, and importing the same
 * again finds it as duplicates. Memory does not grow with the number of rows.
 */
export async function importRows(
  sql: Sql,
  keyring: SealingKeyring,
  batch: Batch,
  rows: AsyncIterable<Row>,
  progress?: Progress,
): Promise<ImportReport & { batchId: number }> {
  const tally = new Tally()
  const id = await store.nextBatchId(sql)
  const sealer = createBatchSealer(keyring, { productId: batch.productId, batchId: id })
  const { sealedDataKey, keyVersion } = sealer
  await store.startBatch(sql, {
    id,
    productId: batch.productId,
    source: batch.source,
    importedBy: batch.importedBy,
    sealedDataKey,
    keyVersion,
    createdAt: batch.at,
  })
  let ordinal = 0
  for await (const chunk of chunksOf(rows, tally)) {
    const numbered = chunk.map((entry) => ({ ...entry, ordinal: ++ordinal }))
    const fresh = new Set<number>()
    for (const group of sealByLength(sealer, firstsOf(keyring, numbered))) {
      for (const made of await store.addKeys(sql, batch.productId, id, group)) fresh.add(made)
    }
    for (const entry of numbered) {
      if (fresh.has(entry.ordinal)) tally.added++
      else tally.duplicate(entry.line)
    }
    progress?.(tally)
  }
  const goods = goodsReceived(id, { cost: await store.costOfBatch(sql, id), currency: batch.currency })
  if (goods) await book(sql, batch.at, goods)
  await store.finishBatch(sql, id, tally, batch.at)
  return Object.assign(tally, { batchId: id })
}

type Printed = Numbered & { readonly ordinal: number; readonly print: Buffer }

/** Of rows with one code the first: once sorted by length it would not be the first any more that the database sees. */
function firstsOf(keyring: SealingKeyring, rows: readonly Omit<Printed, 'print'>[]): Printed[] {
  const firsts = new Map<string, Printed>()
  for (const entry of rows) {
    const print = fingerprint(keyring, entry.row.key)
    const text = print.toString('latin1')
    if (!firsts.has(text)) firsts.set(text, { ...entry, print })
  }
  return [...firsts.values()]
}

/** Seals rows and sorts them by the length of what came out, which is one of a few. */
function sealByLength(sealer: BatchSealer, rows: readonly Printed[]): store.SealedRows[] {
  const groups = new Map<
    number,
    {
      ordinals: number[]
      expires: (Date | null)[]
      costs: (number | null)[]
      ciphertexts: Buffer[]
      fingerprints: Buffer[]
    }
  >()
  for (const { row, ordinal, print } of rows) {
    const ciphertext = sealer.seal(ordinal, row.key)
    const group = groups.get(ciphertext.length) ?? {
      ordinals: [],
      expires: [],
      costs: [],
      ciphertexts: [],
      fingerprints: [],
    }
    groups.set(ciphertext.length, group)
    group.ordinals.push(ordinal)
    group.expires.push(row.expiresAt ?? null)
    group.costs.push(row.cost ?? null)
    group.ciphertexts.push(ciphertext)
    group.fingerprints.push(print)
  }
  return [...groups.values()]
}
