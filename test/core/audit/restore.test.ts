import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type Connection, prepareDatabase } from '../../../core/platform/database/database.ts'
import { startEmbedded } from '../../../core/platform/database/embedded/server.ts'
import { atEnd } from '../../stand/closing.ts'
import { type LogStand, openLog } from './stand.ts'

/** A server that has counted few transactions yet, with the shop's empty schema. */
async function freshServer(): Promise<Connection> {
  const dataDir = await mkdtemp(join(tmpdir(), 'keytill-restore-'))
  // Run by root, the server is another user: it has to be able to reach its own folder through this one.
  await chmod(dataDir, 0o711)
  const server = await startEmbedded({ dataDir, fast: true })
  atEnd(async () => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
  await prepareDatabase(server.connection)
  return server.connection
}

const next = async (log: LogStand) => {
  const [row] = await log.run<{ xid: string }>('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xid')
  return BigInt(row?.xid ?? 0)
}

/** Brings a log from one server to another, as dump and restore do: rows as they are, sequences where they were. */
async function copy(from: LogStand, to: LogStand): Promise<void> {
  for (const table of ['audit_entry', 'audit_seal']) {
    const rows = await from.run<{ row: object }>(`SELECT to_jsonb(t) AS row FROM ${table} t`)
    await to.run(
      `INSERT INTO ${table} SELECT r.* FROM jsonb_array_elements($1::jsonb) j, jsonb_populate_record(NULL::${table}, j) r`,
      [JSON.stringify(rows.map(({ row }) => row))],
    )
  }
  const [sequence] = await from.run<{ last_value: bigint }>('SELECT last_value FROM audit_entry_id_seq')
  await to.run(`SELECT setval('audit_entry_id_seq', $1)`, [sequence?.last_value])
}

it('goes on in a server that counts transactions anew, again and again, and each row is still held to its seal', async () => {
  const old = await openLog()
  // As if that server had worked for long.
  await old.run(`DO $$ BEGIN FOR i IN 1..5000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$`)
  await old.history(['a1', 'a2'], ['b1'])
  await old.write(['unsealed'])
  const log = await openLog({ connection: await freshServer(), clock: old.clock })
  expect(await next(log)).toBeLessThan(await next(old))
  await copy(old, log)
  const rest = { dataDir: old.dataDir }
  const verify = async () => {
    const { epochs, findings } = await log.verify({
      keys: [],
      roots: [],
      hashes: [(await old.verify()).head?.hash ?? ''],
    })
    return { epochs, findings }
  }
  // Not begun here yet: what is there is as it was.
  expect(await verify()).toEqual({ epochs: 1, findings: [] })
  // Writers may be faster than the one that seals.
  await log.write(['c1'])
  const seal = async () => log.seal(rest.dataDir).stop()
  await seal()
  expect(await verify()).toEqual({ epochs: 2, findings: [] })
  await log.write(['d1'], ['d2'])
  await seal()
  expect(await verify()).toEqual({ epochs: 2, findings: [] })
  const sealed = await log.run<{ epoch: number; size: number }>('SELECT epoch, size FROM audit_seal ORDER BY number')
  expect(sealed).toEqual([
    { epoch: 1, size: 2 },
    { epoch: 1, size: 1 },
    { epoch: 1, size: 1 },
    { epoch: 1, size: 1 },
    { epoch: 2, size: 1 },
    { epoch: 2, size: 2 },
  ])

  await log.run(`UPDATE audit_entry SET actor = 'x' WHERE subject IN ('a1', 'unsealed', 'd1')`)
  const named = async () =>
    (await verify()).findings.flatMap((one) => ('subject' in one ? [`${one.kind} ${one.subject}`] : [one.kind]))
  expect(await named()).toEqual(['row_changed a1', 'row_changed unsealed', 'row_changed d1'])
  await log.run(`UPDATE audit_entry SET actor = 'system' WHERE subject IN ('a1', 'unsealed', 'd1')`)

  // Into a server again that has come less far; then one row is put where the first server's ranges have ended.
  const third = await openLog({ connection: await freshServer(), clock: old.clock })
  await log.run(`DO $$ BEGIN FOR i IN 1..3000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$`)
  await log.write(['e1'])
  await seal()
  await copy(log, third)
  await third.write(['f1'])
  await third.seal(rest.dataDir).stop()
  const report = await third.verify({ keys: [], roots: [], hashes: [(await log.verify()).head?.hash ?? ''] })
  expect(report).toMatchObject({ epochs: 3, findings: [] })
  await third.run(
    `INSERT INTO audit_entry (id, xact, at, actor, action, subject, data) SELECT -7, '999999999', at, actor, action, 'late', data FROM audit_entry WHERE subject = 'a1'`,
  )
  expect(await third.verify({ keys: [], roots: [], hashes: [(await log.verify()).head?.hash ?? ''] })).toMatchObject({
    findings: [{ kind: 'row_inserted', id: '-7', subject: 'late', seal: '4' }],
  })
})
