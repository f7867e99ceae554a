import { minutes } from '../platform/clock.ts'
import type { Sql } from '../platform/database/sql.ts'
import { type Finding, Findings } from './findings.ts'
import { idOf, isSigned, LEAF, leafOf, leavesIn, sealHash } from './format.ts'
import { GrowingTree, leafHash, rootOf } from './merkle.ts'
import type { PostedRoot, SealedEntry, SealHeader } from './model.ts'
import { type EpochRows, openRows } from './rows.ts'
import { beyond, EVERYTHING, entriesById, entriesIn, type SealRow, sealsAfter, unsealed } from './store.ts'

/** Bytes of leaves that are read at a time. */
const PAGE = 512 * 1024
/** Rows may wait so long for a seal, in ms: the sealer needs a tenth of a second, and a long transaction holds it up. */
const PATIENCE = minutes(10)

/** What is known from outside the database. */
export interface Known {
  readonly now: Date
  /** public keys of this shop, in hex */
  readonly keys: readonly string[]
  /** what was posted, by number of the seal */
  readonly roots: readonly PostedRoot[]
  /** hashes that the log must contain, as told in a chat */
  readonly hashes: readonly string[]
}

export interface AuditReport {
  readonly rows: number
  readonly seals: number
  /** 1, and one more for each time the log was restored into another server */
  readonly epochs: number
  /** the newest seal: what the next look at the log can be held to */
  readonly head: { readonly seal: string; readonly hash: string } | undefined
  /** how many posted roots are in the log as they were posted */
  readonly matched: number
  readonly unsealed: { readonly rows: number; readonly seconds: number }
  readonly findings: readonly Finding[]
  /** findings beyond those listed */
  readonly more: number
}

/**
 * Walks the whole log and compares it with its seals, the seals with each other and with what was posted. Reads only, in pieces, so
 * that memory stays flat and the shop can go on.
 */
export async function verifyAudit(sql: Sql, known: Known, onProgress?: (rows: number) => void): Promise<AuditReport> {
  const found = new Findings()
  const walk = new Walk(sql, known, found, await openRows(sql))
  let before: SealRow | undefined
  for await (const seal of seals(sql)) {
    if (before) await walk.check(before, seal)
    before = seal
    onProgress?.(walk.rows)
  }
  if (before) await walk.check(before, undefined)
  const lag = await lagBehind(sql, known.now, before?.header, found)
  return { ...walk.end(), unsealed: lag, ...found.all() }
}

async function* seals(sql: Sql): AsyncGenerator<SealRow> {
  let number = '0'
  for (;;) {
    const page = await sealsAfter(sql, number, PAGE)
    yield* page
    const last = page.at(-1)
    if (!last) return
    number = last.header.number
  }
}

/** Goes from seal to seal. */
class Walk {
  rows = 0
  private seals = 0
  private last: { readonly header: SealHeader; readonly hash: string } | undefined
  private isHeaderGood = true
  /** undefined once a seal was missing or not what it was: from there on nothing can be said of the tree of all seals */
  private history: GrowingTree | undefined = new GrowingTree()
  private matched = 0
  private readonly unknownKeys = new Map<string, string>()
  private readonly hashes: Set<string>
  private readonly roots = new Map<string, PostedRoot[]>()
  /** posted roots bear out everything up to this seal */
  private borneOut = 0n

  private readonly sql: Sql
  private readonly known: Known
  private readonly found: Findings
  private readonly entries: EpochRows

  constructor(sql: Sql, known: Known, found: Findings, entries: EpochRows) {
    this.sql = sql
    this.known = known
    this.found = found
    this.entries = entries
    this.hashes = new Set(known.hashes)
    for (const root of known.roots) this.roots.set(root.seal, [...(this.roots.get(root.seal) ?? []), root])
  }

  async check(seal: SealRow, next: SealRow | undefined): Promise<void> {
    const { header } = seal
    const hash = sealHash(header)
    const isGood = isSigned(header, seal.signature)
    if (!isGood) this.found.add({ kind: 'seal_altered', seal: header.number, what: 'header' })
    this.checkKey(header)
    this.checkRoots(header.number, hash.toString('hex'))
    await this.checkChain(header, isGood)
    this.checkHistory(seal, hash, isGood)
    await this.checkRows(seal, isGood, next)
    this.seals += 1
    this.last = { header, hash: hash.toString('hex') }
    this.isHeaderGood = isGood
  }

  private checkKey({ key, number }: SealHeader): void {
    const isKnown = this.known.keys.includes(key) || this.known.roots.some((root) => root.key === key)
    if (!isKnown && !this.unknownKeys.has(key)) this.unknownKeys.set(key, number)
  }

  private checkRoots(number: string, hash: string): void {
    for (const root of this.roots.get(number) ?? []) {
      if (root.hash === hash) this.bearOut(number)
      else this.found.add({ kind: 'rewritten', seal: number, at: root.at })
    }
    this.roots.delete(number)
    if (this.hashes.delete(hash)) this.bearOut(number)
  }

  private bearOut(number: string): void {
    this.matched += 1
    // A root says something of the seals before it only as far as each names the one before.
    if (this.history) this.borneOut = BigInt(number)
  }

  /** That it follows the seal before it: by number, by range, by hash. */
  private async checkChain(header: SealHeader, isGood: boolean): Promise<void> {
    const before = this.last?.header
    const expected = BigInt(before?.number ?? '0') + 1n
    if (BigInt(header.number) > expected) {
      this.history = undefined
      const to = String(BigInt(header.number) - 1n)
      const lost = isGood ? await this.entries.skip(header.epoch, header.low) : 0
      this.found.add({ kind: 'seals_missing', from: String(expected), to, rows: lost })
      return
    }
    // What one of the two says of the other means nothing when it is not what was signed.
    if (!isGood || !this.isHeaderGood) return
    const isNext =
      header.previous === (this.last?.hash ?? '') &&
      (header.epoch === (before?.epoch ?? '1')
        ? header.low === (before?.high ?? '0')
        : header.low === '0' && BigInt(header.epoch) === BigInt(before?.epoch ?? '1') + 1n)
    if (!isNext) this.found.add({ kind: 'chain_broken', seal: header.number })
  }

  /** The tree of all seals, which receipts lean on. */
  private checkHistory({ header, nodes }: SealRow, hash: Buffer, isGood: boolean): void {
    if (!this.history) return
    const isSame = this.history.root().toString('hex') === header.history
    const completed = this.history.append(hash)
    if (isGood && isSame) {
      if (!Buffer.concat(completed).equals(nodes))
        this.found.add({ kind: 'seal_altered', seal: header.number, what: 'nodes' })
      return
    }
    if (isGood && this.isHeaderGood) this.found.add({ kind: 'chain_broken', seal: header.number })
    this.history = undefined
  }

  /** The rows of its range against its list of them. */
  private async checkRows(seal: SealRow, isGood: boolean, next: SealRow | undefined): Promise<void> {
    const { header, leaves } = seal
    // The range of a seal that is not what was signed is where its neighbours leave off.
    const epoch = isGood ? header.epoch : (this.last?.header.epoch ?? '1')
    const ends = next !== undefined && next.header.epoch !== epoch && isSigned(next.header, next.signature)
    const isBorder = !isGood && next?.header.epoch === epoch && isSigned(next.header, next.signature)
    const high = isBorder ? next.header.low : header.high
    const entries = await this.entries.take(epoch, high)
    const actual = entries.map(leafOf)
    this.rows += actual.length
    const isListGood =
      leaves.length === Number(header.size) * LEAF &&
      rootOf(leavesIn(leaves).map(leafHash)).toString('hex') === header.root
    if (isGood && !isListGood) this.found.add({ kind: 'seal_altered', seal: header.number, what: 'leaves' })
    // The list may have been altered and the rows still be those that were signed for.
    if (!Buffer.concat(actual).equals(leaves) && rootOf(actual.map(leafHash)).toString('hex') !== header.root)
      await this.compare(header.number, entries, actual, leaves, isGood && isListGood)
    if (ends)
      for (const { id, subject } of await this.entries.rest(epoch))
        this.found.add({ kind: 'row_inserted', id, subject, seal: header.number })
  }

  /** Names the rows that are not as they are listed. `isSure`: what is not listed was not there. */
  private async compare(
    seal: string,
    entries: readonly SealedEntry[],
    actual: readonly Buffer[],
    leaves: Buffer,
    isSure: boolean,
  ): Promise<void> {
    const listed = new Map(leavesIn(leaves).map((leaf) => [idOf(leaf), leaf]))
    for (const [index, { id, subject }] of entries.entries()) {
      const leaf = listed.get(id)
      if (leaf && !leaf.equals(actual[index] as Buffer)) this.found.add({ kind: 'row_changed', id, subject, seal })
      if (!leaf && isSure) this.found.add({ kind: 'row_inserted', id, subject, seal })
      listed.delete(id)
    }
    // Those that are not in the range may have been moved out of it by their transaction's number.
    const elsewhere = new Map((await entriesById(this.sql, [...listed.keys()])).map((entry) => [entry.id, entry]))
    for (const [id, leaf] of listed) {
      const entry = elsewhere.get(id)
      if (!entry) this.found.add({ kind: 'row_deleted', id, seal })
      else if (!leafOf(entry).equals(leaf)) this.found.add({ kind: 'row_changed', id, subject: entry.subject, seal })
    }
  }

  end(): Pick<AuditReport, 'rows' | 'seals' | 'epochs' | 'head' | 'matched'> {
    const { last } = this
    for (const [key, seal] of this.unknownKeys)
      if (BigInt(seal) > this.borneOut) this.found.add({ kind: 'key_unknown', key, seal })
    for (const { seal, at } of [...this.roots.values()].flat())
      this.found.add({ kind: 'cut_off', seal, last: last?.header.number ?? '0', at })
    for (const hash of this.hashes) this.found.add({ kind: 'root_unknown', hash })
    return {
      rows: this.rows,
      seals: this.seals,
      epochs: Number(last?.header.epoch ?? 1),
      head: last && { seal: last.header.number, hash: last.hash },
      matched: this.matched,
    }
  }
}

/** What comes after the last seal. */
async function lagBehind(sql: Sql, now: Date, last: SealHeader | undefined, found: Findings) {
  const { rows, oldest } = await unsealed(sql)
  const seconds = oldest ? Math.max(0, (now.getTime() - Number(oldest)) / 1000) : 0
  if (seconds * 1000 > PATIENCE) found.add({ kind: 'unsealed', rows, seconds: Math.round(seconds) })
  const after = last?.after ?? '0'
  const count = await beyond(sql, after)
  // Otherwise the log comes from another server, and the shop has not run on this one yet.
  if (count.last !== null && BigInt(last?.high ?? '0') <= BigInt(count.next)) {
    const range = { ...EVERYTHING, from: String(BigInt(after) + 1n), low: count.next }
    for (const { id, subject } of await entriesIn(sql, range, 100)) found.add({ kind: 'row_beyond', id, subject })
  }
  return { rows, seconds }
}
