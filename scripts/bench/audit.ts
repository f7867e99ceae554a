/**
 * `node --import tsx scripts/bench/audit.ts [--rows 200000] [--seconds 10]`: what sealing costs and how
 * far it falls behind, on an embedded PostgreSQL that flushes to disk. Prints ratios, which outlive the machine they were
 * measured on: sealing and verifying against bare writing, writing beside the sealer against writing alone.
 */
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readAuditPublicKey } from '../../core/audit/key.ts'
import { auditLag, createAudit, recordAudit } from '../../core/audit/service.ts'
import { verifyAudit } from '../../core/audit/verify.ts'
import { systemClock } from '../../core/platform/clock.ts'
import { openDatabase, prepareDatabase } from '../../core/platform/database/database.ts'
import { startEmbedded } from '../../core/platform/database/embedded/server.ts'
import { silentLog } from '../../core/platform/log.ts'

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '200000' }, seconds: { type: 'string', default: '10' } },
})
const rows = Number(values.rows)
const seconds = Number(values.seconds)

/** Entries of one transaction: a gathered batch of sales. */
const GROUP = 50
const LANES = 2
/** Rows a second, at which the lag is measured. */
const LOAD = 5000

const folder = await realpath(await mkdtemp(join(tmpdir(), 'keytill-audit-')))
// Run by root, the server is another user: it has to be able to reach its own folder through this one.
await chmod(folder, 0o711)
const server = await startEmbedded({ dataDir: folder })
await prepareDatabase(server.connection)
const db = openDatabase(server.connection, silentLog)
const audit = createAudit({ db, dataDir: folder, clock: systemClock, log: silentLog, tell: async () => {} })
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

let serial = 0
/** One transaction of so many entries, much like those of a sale. */
const write = () =>
  db.transaction((sql) =>
    recordAudit(
      sql,
      new Date(),
      ...Array.from({ length: GROUP }, () => ({
        actor: '0b9f2c1e-8f5e-4a53-9d63-7f1c2f0a8b11',
        action: 'order.placed',
        subject: `order:${(++serial).toString(36).toUpperCase().padStart(8, '2')}`,
        data: { total: 1980, currency: 'CNY', items: [{ sku: 'GAME50', quantity: 2, price: 990 }] },
      })),
    ),
  )

/** Writes as fast as it goes until there are so many rows more. Returns rows a second. */
async function writeRows(count: number): Promise<number> {
  const started = performance.now()
  let left = Math.ceil(count / GROUP)
  const lane = async () => {
    while (left-- > 0) await write()
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return perSecond(count, started)
}

const perSecond = (count: number, started: number) => (count / (performance.now() - started)) * 1000
const round = (n: number) => Math.round(n).toLocaleString('en')
const ratio = (a: number, b: number) => (a / b).toFixed(2)
const quantile = (sorted: readonly number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0

try {
  await writeRows(10_000)
  await db.pool.query('DROP INDEX audit_entry_xact_id_idx')
  const bare = await writeRows(rows / 4)
  await db.pool.query('CREATE INDEX audit_entry_xact_id_idx ON audit_entry (xact, id)')
  const alone = await writeRows(rows)
  console.log(`writing            ${round(alone)} rows/s; with the index for sealing ${ratio(alone, bare)} of without`)

  const backlog = (await audit.lag()).rows
  const begun = performance.now()
  await audit.seal().stop()
  const sealing = perSecond(backlog, begun)
  const { rows: made } = await db.pool.query('SELECT count(*)::int AS seals, avg(size)::int AS size FROM audit_seal')
  console.log(
    `sealing a backlog  ${round(sealing)} rows/s (${made[0].seals} seals of ${round(made[0].size)}); ${ratio(sealing, alone)} of writing`,
  )

  const sealer = audit.seal()
  const beside = await writeRows(rows)
  console.log(`writing beside it  ${round(beside)} rows/s; ${ratio(beside, alone)} of writing alone`)
  while ((await audit.lag()).rows > 0) await sleep(50)

  const sealsBefore = await db.pool.query('SELECT count(*)::int AS n FROM audit_seal')
  const lags: { rows: number; ms: number }[] = []
  const started = performance.now()
  let written = 0
  let isOver = false
  const watcher = (async () => {
    while (!isOver) {
      const lag = await auditLag(db, new Date())
      lags.push({ rows: lag.rows, ms: lag.seconds * 1000 })
      await sleep(20)
    }
  })()
  const lanes = Array.from({ length: LANES }, async () => {
    while (performance.now() - started < seconds * 1000) {
      if (written > ((performance.now() - started) * LOAD) / 1000) await sleep(2)
      else {
        written += GROUP
        await write()
      }
    }
  })
  await Promise.all(lanes)
  isOver = true
  await watcher
  const sealsAfter = await db.pool.query('SELECT count(*)::int AS n FROM audit_seal')
  const ms = lags.map((lag) => lag.ms).sort((a, b) => a - b)
  const waiting = lags.map((lag) => lag.rows).sort((a, b) => a - b)
  console.log(
    `at ${round(written / seconds)} rows/s     lag p50 ${round(quantile(ms, 0.5))} ms, p99 ${round(quantile(ms, 0.99))} ms, most ${round(quantile(ms, 1))} ms; ` +
      `rows p50 ${round(quantile(waiting, 0.5))}, most ${round(quantile(waiting, 1))}; ${((sealsAfter.rows[0].n - sealsBefore.rows[0].n) / seconds).toFixed(1)} seals/s`,
  )
  await sealer.stop()

  const from = performance.now()
  const key = readAuditPublicKey(folder) as string
  const report = await verifyAudit(db, { now: new Date(), keys: [key], roots: [], hashes: [] })
  const verifying = perSecond(report.rows, from)
  console.log(
    `verifying          ${round(verifying)} rows/s, ${round(perSecond(report.seals, from))} seals/s, ${report.findings.length} findings, ${round(process.memoryUsage().rss / 2 ** 20)} MB`,
  )
} finally {
  await db.close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}
