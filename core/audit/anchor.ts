import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { syncFolder } from '../platform/secret-file.ts'
import { sealHash } from './format.ts'
import type { PostedRoot, SealedEntry, SealHeader } from './model.ts'
import { entriesOf, insertEntries } from './store.ts'

const EVERY = hours(24)
/** The entry that says which root was posted. */
const SUBJECT = 'audit:root'
const ACTION = 'audit.posted'

const posting = z.object({ seal: z.string().regex(/^\d{1,18}$/), hash: z.string(), key: z.string() })
const line = posting.extend({ at: z.string() })

/** Tells staff of a root, within the transaction that says it was posted. */
export type TellRoot = (sql: Sql, root: PostedRoot) => Promise<void>

/** Puts the newest root where who can change the database cannot reach: into a file and the chats of staff. */
export interface Anchor {
  /** To be called often. Posts when a day has passed since the last time, or when a key has signed its first seal; true then. */
  post(last: SealHeader): Promise<boolean>
}

/** Goes on from what was posted before. Of the very first root only the file is told: it says nothing yet. */
export async function openAnchor(parts: {
  readonly db: Database
  readonly dataDir: string
  readonly clock: Clock
  readonly tell: TellRoot
}): Promise<Anchor> {
  const { db, dataDir, clock, tell } = parts
  const before = (await entriesOf(db, SUBJECT, [ACTION])).map(postingOf)
  const keys = new Set(before.map(({ key }) => key))
  let posted = before.at(-1)
  return {
    async post(last) {
      const now = clock()
      const isNewKey = !keys.has(last.key)
      if (posted && !isNewKey && (now.getTime() < posted.at + EVERY || isOldNews(last, posted.seal))) return false
      const root = {
        at: now.toISOString(),
        seal: last.number,
        hash: sealHash(last).toString('hex'),
        key: last.key,
      }
      const { at, ...data } = root
      // First the file: a root that is there twice does no harm, one that is said to be there and is not would.
      appendRoot(dataDir, root)
      await db.transaction(async (sql) => {
        await insertEntries(sql, now, [{ actor: 'system', action: ACTION, subject: SUBJECT, data }])
        if (posted) await tell(sql, root)
      })
      keys.add(last.key)
      posted = { ...data, at: now.getTime() }
      return true
    },
  }
}

/** Nothing was sealed since but the entry that says so. */
function isOldNews(last: SealHeader, posted: string): boolean {
  const since = BigInt(last.number) - BigInt(posted)
  return since <= 0n || (since === 1n && last.size === '1')
}

function postingOf({ at, data }: SealedEntry): z.infer<typeof posting> & { at: number } {
  const read = posting.safeParse(JSON.parse(data))
  return { ...(read.data ?? { seal: '0', hash: '', key: '' }), at: Number(at) }
}

/** The number of the newest posted seal; undefined when none was. */
export async function newestPosted(sql: Sql): Promise<string | undefined> {
  const entry = (await entriesOf(sql, SUBJECT, [ACTION])).at(-1)
  return entry && postingOf(entry).seal
}

/** Where posted roots are kept, one a line. */
export const rootsFile = (dataDir: string): string => join(dataDir, 'audit-roots.jsonl')

function appendRoot(dataDir: string, root: PostedRoot): void {
  const path = rootsFile(dataDir)
  const file = openSync(path, 'a', 0o600)
  try {
    writeSync(file, `${JSON.stringify(root)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  syncFolder(dirname(path))
}

/** What is in the file of posted roots, in order, and the numbers of lines that cannot be read; nothing when there is no file. */
export function readRoots(dataDir: string): { roots: PostedRoot[]; unreadable: number[] } {
  const roots: PostedRoot[] = []
  const unreadable: number[] = []
  for (const [index, text] of textOf(rootsFile(dataDir)).split('\n').entries()) {
    if (text === '') continue
    const read = line.safeParse(jsonOf(text))
    if (read.success) roots.push(read.data)
    else unreadable.push(index + 1)
  }
  return { roots, unreadable }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
