import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { readRoots } from '../../../core/audit/anchor.ts'
import type { Finding } from '../../../core/audit/findings.ts'
import { readAuditPublicKey } from '../../../core/audit/key.ts'
import type { AuditEntry, PostedRoot } from '../../../core/audit/model.ts'
import { startSealer } from '../../../core/audit/sealer.ts'
import { auditLag, recordAudit } from '../../../core/audit/service.ts'
import { type AuditReport, type Known, verifyAudit } from '../../../core/audit/verify.ts'
import { type Connection, type Database, openDatabase } from '../../../core/platform/database/database.ts'
import { sqlOn } from '../../../core/platform/database/sql.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { type TestClock, testClock } from '../../stand/clock.ts'
import { atEnd } from '../../stand/closing.ts'
import { openSecludedDatabase } from '../../stand/database.ts'

export interface LogStand {
  readonly db: Database
  readonly connection: Connection
  readonly dataDir: string
  readonly clock: TestClock
  /** what staff were told */
  readonly told: PostedRoot[]
  /** Begins to seal, as one process of the shop would; with a data folder of its own when asked. */
  seal(dataDir?: string): { stop(): Promise<void> }
  /** Seals everything that was written, and what sealing itself writes. Other tests' transactions may hold that up for a moment. */
  sealAll(dataDir?: string): Promise<void>
  /** Writes entries, each group in a transaction of its own, and returns their ids. */
  write(...groups: readonly (readonly string[])[]): Promise<string[]>
  /** Resolves when everything written so far is sealed. */
  sealed(): Promise<void>
  /** Writes these groups and seals them, then stops. Each group gets a seal of its own. */
  history(...groups: readonly (readonly string[])[]): Promise<string[]>
  verify(different?: Partial<Known>): Promise<AuditReport>
  findings(different?: Partial<Known>): Promise<readonly Finding[]>
  /** Does something as the database's owner would. */
  run<Row extends object = object>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

export const entry = (subject: string, data: Readonly<Record<string, unknown>> = {}): AuditEntry => ({
  actor: 'system',
  action: 'test.done',
  subject,
  data,
})

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keytill-audit-'))
  atEnd(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** An audit log on a database of its own. */
export async function openLog(parts: { connection?: Connection; clock?: TestClock } = {}): Promise<LogStand> {
  const connection = parts.connection ?? (await openSecludedDatabase())
  const clock = parts.clock ?? testClock()
  const db = openDatabase(connection, silentLog)
  atEnd(() => db.close())
  const dataDir = await temporaryFolder()
  const told: PostedRoot[] = []
  const sealers = new Set<{ stop(): Promise<void> }>()
  atEnd(async () => {
    for (const sealer of sealers) await sealer.stop()
  })
  const stand: LogStand = {
    db,
    connection,
    dataDir,
    clock,
    told,
    seal(folder = dataDir) {
      const sealer = startSealer({
        db,
        dataDir: folder,
        clock,
        log: silentLog,
        tell: async (_sql, root) => void told.push(root),
      })
      sealers.add(sealer)
      return {
        stop: () => {
          sealers.delete(sealer)
          return sealer.stop()
        },
      }
    },
    async sealAll(folder) {
      do {
        const sealer = stand.seal(folder)
        await stand.sealed()
        await sealer.stop()
      } while ((await auditLag(db, clock())).rows > 0)
    },
    async write(...groups) {
      const ids: string[] = []
      for (const group of groups) {
        await db.transaction((sql) => recordAudit(sql, clock(), ...group.map((subject) => entry(subject))))
        const rows = await stand.run<{ id: bigint }>(
          'SELECT id FROM audit_entry WHERE subject = ANY($1) ORDER BY id DESC LIMIT $2',
          [group, group.length],
        )
        ids.push(...rows.map(({ id }) => String(id)).reverse())
      }
      return ids
    },
    sealed: () =>
      vi.waitFor(async () => expect(await auditLag(db, clock())).toMatchObject({ rows: 0 }), { timeout: 10_000 }),
    async history(...groups) {
      const ids: string[] = []
      for (const group of groups) {
        ids.push(...(await stand.write(group)))
        await stand.sealAll()
      }
      return ids
    },
    verify(different = {}) {
      const key = readAuditPublicKey(dataDir)
      return verifyAudit(db, {
        now: clock(),
        keys: key === undefined ? [] : [key],
        roots: readRoots(dataDir).roots,
        hashes: [],
        ...different,
      })
    },
    findings: async (different) => (await stand.verify(different)).findings,
    run: async <Row extends object>(text: string, values: readonly unknown[] = []) => {
      const client = await db.pool.connect()
      try {
        return await sqlOn(client).rows<Row>({ name: '', text }, values)
      } finally {
        client.release()
      }
    },
  }
  return stand
}
