import { z } from 'zod'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { newestPosted } from './anchor.ts'
import type { Finding } from './findings.ts'
import { idOf, isSigned, leafOf, leavesIn, sealHash } from './format.ts'
import { historyPath } from './history.ts'
import { leafHash, pathOf, rootFromPath } from './merkle.ts'
import type { Receipt, ReceiptEntry, SealedEntry } from './model.ts'
import { entriesOf, type SealRow, sealCovering, sealNumbered } from './store.ts'

/** What a receipt tells of an order. */
const ACTIONS = ['order.placed', 'order.delivered']

/**
 * What proves that an order was placed and delivered; undefined when it was not delivered, or its entries are not sealed yet
 * (a moment after).
 * @throws KeytillError `audit.tampered` when the log no longer says what was sealed: such a receipt would prove nothing
 */
export async function receiptOf(sql: Sql, order: string): Promise<Receipt | undefined> {
  const entries = await entriesOf(sql, `order:${order}`, ACTIONS)
  if (!entries.some(({ action }) => action === 'order.delivered')) return undefined
  const number = await newestPosted(sql)
  const posted = number === undefined ? undefined : await sealNumbered(sql, number)
  const proven: ReceiptEntry[] = []
  for (const entry of entries) {
    const one = await prove(sql, entry, posted)
    if (!one) return undefined
    proven.push(one)
  }
  return {
    format: 'keytill-receipt-1',
    order,
    entries: proven,
    ...(posted ? { posted: { seal: posted.header, signature: posted.signature.toString('hex') } } : {}),
  }
}

async function prove(sql: Sql, entry: SealedEntry, posted: SealRow | undefined): Promise<ReceiptEntry | undefined> {
  const seal = await sealCovering(sql, entry)
  const leaves = seal ? leavesIn(seal.leaves) : []
  const index = leaves.findIndex((leaf) => idOf(leaf) === entry.id)
  if (!seal || index < 0) return undefined
  const hashes = leaves.map(leafHash)
  const path = pathOf(hashes, index)
  const root = rootFromPath(leafHash(leafOf(entry)), index, hashes.length, path)
  if (root?.toString('hex') !== seal.header.root)
    throw new KeytillError('audit.tampered', `The entry ${entry.id} is not what was sealed. Run: npm run verify-audit`)
  const [own, newest] = [Number(seal.header.number), Number(posted?.header.number ?? 0)]
  const history = own < newest ? await historyPath(sql, own, newest - 1) : undefined
  return {
    entry,
    index,
    path: path.map((hash) => hash.toString('hex')),
    seal: seal.header,
    signature: seal.signature.toString('hex'),
    ...(history ? { history: history.map((hash) => hash.toString('hex')) } : {}),
  }
}

/**
 * Holds a receipt against itself and against the log: each entry must lead to its seal's root, and that very seal must be
 * in the log. Returns what contradicts it.
 */
export async function checkReceipt(sql: Sql, { order, entries }: Receipt): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { entry, index, path, seal, signature } of entries) {
    const hashes = path.map((hash) => Buffer.from(hash, 'hex'))
    const root = rootFromPath(leafHash(leafOf(entry)), index, Number(seal.size), hashes)
    const isOwn =
      entry.subject === `order:${order}` &&
      root?.toString('hex') === seal.root &&
      isSigned(seal, Buffer.from(signature, 'hex'))
    const ours = isOwn ? await sealNumbered(sql, seal.number) : undefined
    if (!ours || !sealHash(ours.header).equals(sealHash(seal)))
      findings.push({ kind: 'receipt_invalid', id: entry.id, seal: seal.number })
  }
  return findings
}

const text = z.string().max(100_000)
const digits = z.string().regex(/^-?\d{1,18}$/)
const hash = z.string().regex(/^[0-9a-f]{0,64}$/)
const header = z.strictObject({
  number: digits,
  epoch: digits,
  after: digits,
  low: digits,
  high: digits,
  last: digits,
  size: digits,
  root: hash,
  previous: hash,
  history: hash,
  at: digits,
  key: hash,
})
const receipt = z.object({
  format: z.literal('keytill-receipt-1'),
  order: text,
  entries: z
    .array(
      z.object({
        entry: z.strictObject({
          id: digits,
          xact: text,
          at: text,
          actor: text,
          action: text,
          subject: text,
          data: text,
        }),
        index: z.int().min(0),
        path: z.array(hash).max(64),
        seal: header,
        signature: text,
        history: z.array(hash).max(64).optional(),
      }),
    )
    .min(1)
    .max(100),
  posted: z.object({ seal: header, signature: text }).optional(),
})

/** Reads a receipt that somebody shows us; undefined when it is none. */
export function readReceipt(json: string): Receipt | undefined {
  try {
    const read = receipt.safeParse(JSON.parse(json))
    return read.success ? (read.data as Receipt) : undefined
  } catch {
    return undefined
  }
}
