import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../platform/clock.ts'
import { seconds } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { tryToLead } from '../platform/leader.ts'
import type { Log } from '../platform/log.ts'
import { repeat } from '../platform/timer.ts'
import { type Anchor, openAnchor, type TellRoot } from './anchor.ts'
import { headerBytes, leafOf, sealHash } from './format.ts'
import { historyOf } from './history.ts'
import { type AuditKey, openAuditKey } from './key.ts'
import { type GrowingTree, leafHash, rootOf } from './merkle.ts'
import type { SealedEntry, SealHeader } from './model.ts'
import {
  beyond,
  completeEntries,
  EVERYTHING,
  entriesIn,
  insertSeal,
  LEADER,
  lastSeal,
  readInOrder,
  unsealed,
} from './store.ts'

/** How often it is looked for new entries, in ms; also how soon another process takes the place of a dead leader. */
const PAUSE = 100
/** How long the end of others' transactions is waited for before it stops, in ms. */
const PATIENCE = seconds(2)
/** How long to leave the database alone after a failure, in ms. */
const MEND = seconds(1)
/** Entries in one seal, unless a single transaction wrote more: what does not keep the process from other work for long. */
const MOST = 2000

export interface SealerParts {
  readonly db: Database
  /** the folder of the signing key and of the file of posted roots */
  readonly dataDir: string
  readonly clock: Clock
  readonly log: Log
  /** tells staff of a posted root */
  readonly tell: TellRoot
}

/** Where the log stands: what the next seal goes on from. */
interface Chain {
  readonly epoch: string
  /** the epoch's entries have greater ids */
  readonly after: string
  /** the lowest transaction not sealed */
  readonly low: string
  readonly last: SealHeader | undefined
  /** of the hashes of all seals */
  readonly history: GrowingTree
}

interface Session {
  readonly sql: Sql
  readonly key: AuditKey
  readonly anchor: Anchor
  chain: Chain
  resign(): void
}

/**
 * Seals what is written to the audit log, about every 100 ms, in whichever process leads; the others stand by. Whatever
 * reads the log needs no lock, and neither does who writes to it.
 * @throws KeytillError when the signing key cannot be used (see key.ts)
 */
export function startSealer({ db, dataDir, clock, log, tell }: SealerParts): { stop(): Promise<void> } {
  const key = openAuditKey(dataDir, clock())
  let session: Session | undefined
  let restUntil = 0

  async function open(): Promise<Session | undefined> {
    const leadership = await tryToLead(db, LEADER)
    if (!leadership) return undefined
    const { sql, resign } = leadership
    try {
      await readInOrder(sql)
      const anchor = await openAnchor({ db, dataDir, clock, tell })
      return { sql, key, anchor, resign, chain: await takeUp(sql, key, clock()) }
    } catch (error) {
      resign()
      throw error
    }
  }

  async function turn(): Promise<void> {
    if (performance.now() < restUntil) return
    try {
      session ??= await open()
      if (!session) return
      await sealNew(session, clock())
      // That a root was posted is an entry too.
      if (session.chain.last && (await session.anchor.post(session.chain.last))) await sealNew(session, clock())
    } catch (error) {
      session?.resign()
      session = undefined
      restUntil = performance.now() + MEND
      throw error
    }
  }

  /** What was written since the last turn must not lie open until the next start; another's transaction may hold it up. */
  async function sealToTheEnd(): Promise<void> {
    const patience = performance.now() + PATIENCE
    await turn()
    while (session && (await unsealed(session.sql)).rows > 0 && performance.now() < patience) {
      await setTimeout(PAUSE / 4)
      await turn()
    }
  }

  const stopTurns = repeat(PAUSE, turn, log)
  return {
    async stop() {
      await stopTurns()
      await sealToTheEnd().catch((err: unknown) => log.warn({ err }, 'the audit log could not be sealed to its end'))
      session?.resign()
      session = undefined
    },
  }
}

/** Seals all that is complete, in as many seals as it takes. */
async function sealNew(session: Session, at: Date): Promise<void> {
  for (;;) {
    const { sql, key, chain } = session
    const range = { ...EVERYTHING, from: String(BigInt(chain.after) + 1n), low: chain.low }
    const found = await completeEntries(sql, range, MOST + 1)
    const [first] = found
    if (!first) return
    const isAll = found.length <= MOST
    const { entries, high } = isAll
      ? { entries: found, high: first.complete }
      : await wholeTransactions(found, (xact) => entriesIn(sql, { ...range, low: xact, high: xact }, null))
    session.chain = await addSeal(sql, key, chain, entries, high, at)
    if (isAll) return
  }
}

/** Cuts off a transaction whose entries may go on beyond what was read: a seal's range holds transactions whole. */
async function wholeTransactions(
  entries: readonly SealedEntry[],
  all: (xact: string) => Promise<SealedEntry[]>,
): Promise<{ entries: readonly SealedEntry[]; high: string }> {
  const cut = (entries.at(-1) as SealedEntry).xact
  const whole = entries.filter(({ xact }) => xact !== cut)
  return whole.length > 0 ? { entries: whole, high: cut } : { entries: await all(cut), high: next(cut) }
}

const next = (xact: string): string => String(BigInt(xact) + 1n)
const greatest = (...ids: readonly string[]): string => String(ids.map(BigInt).reduce((a, b) => (a > b ? a : b)))

async function addSeal(
  sql: Sql,
  key: AuditKey,
  { epoch, after, low, last, history }: Chain,
  entries: readonly SealedEntry[],
  high: string,
  at: Date,
): Promise<Chain> {
  const leaves = entries.map(leafOf)
  const header: SealHeader = {
    number: String(history.size + 1),
    epoch,
    after,
    low,
    high,
    last: greatest(last?.last ?? '0', ...entries.map(({ id }) => id)),
    size: String(entries.length),
    root: rootOf(leaves.map(leafHash)).toString('hex'),
    previous: last ? sealHash(last).toString('hex') : '',
    history: history.root().toString('hex'),
    at: String(at.getTime()),
    key: key.publicKey,
  }
  const nodes = Buffer.concat(history.append(sealHash(header)))
  await insertSeal(sql, { header, signature: key.sign(headerBytes(header)), leaves: Buffer.concat(leaves), nodes })
  return { epoch, after, low: high, last: header, history }
}

/**
 * Goes on from the last seal. Transactions are counted by the server: a log that was restored into another one may hold
 * numbers that this server gives out only later, or a second time. That shows when the last seal's range, or an entry,
 * reaches beyond the server's count. Then what came with the restore is sealed to its end and a new epoch begins, whose
 * ranges start from 0 again. Which epoch an entry belongs to follows from its id: ids go on where they were, so that what
 * was restored has ids up to the greatest one sealed or beyond the count, and everything written since has greater ones.
 */
async function takeUp(sql: Sql, key: AuditKey, at: Date): Promise<Chain> {
  const seal = await lastSeal(sql)
  const last = seal?.header
  let chain: Chain = {
    epoch: last?.epoch ?? '1',
    after: last?.after ?? '0',
    low: last?.high ?? '0',
    last,
    history: await historyOf(sql, Number(last?.number ?? 0)),
  }
  const count = await beyond(sql, chain.after)
  if (BigInt(chain.low) <= BigInt(count.next) && count.last === null) return chain
  const to = greatest(last?.last ?? '0', count.last ?? '0')
  for (;;) {
    const range = { ...EVERYTHING, from: String(BigInt(chain.after) + 1n), to, low: chain.low }
    const found = await entriesIn(sql, range, MOST + 1)
    const end = found.at(-1)
    if (!end) break
    const { entries, high } =
      found.length <= MOST
        ? { entries: found, high: next(end.xact) }
        : await wholeTransactions(found, (xact) => entriesIn(sql, { ...range, low: xact, high: xact }, null))
    chain = await addSeal(sql, key, chain, entries, high, at)
  }
  return { ...chain, epoch: String(Number(chain.epoch) + 1), after: to, low: '0' }
}
