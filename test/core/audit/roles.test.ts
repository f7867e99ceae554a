import { expect, it } from 'vitest'
import { AUDIT_TABLES, recordAudit } from '../../../core/audit/service.ts'
import { entry, type LogStand, openLog } from './stand.ts'

/** The database as a role that was granted what the documentation of AUDIT_TABLES says, and no more. */
async function lesser(owner: LogStand): Promise<LogStand> {
  const role = `keytill_lesser_${process.pid}`
  const tables = AUDIT_TABLES.join(', ')
  await owner.run(`CREATE ROLE ${role} LOGIN PASSWORD 'lesser'`)
  await owner.run(`REVOKE ALL ON ${tables} FROM ${role}`)
  await owner.run(`GRANT SELECT ON ${tables} TO ${role}`)
  await owner.run(`GRANT INSERT (at, actor, action, subject, data) ON audit_entry TO ${role}`)
  await owner.run(`GRANT INSERT ON audit_seal TO ${role}`)
  await owner.run(`GRANT USAGE ON SEQUENCE audit_entry_id_seq TO ${role}`)
  const { connection } = owner
  if (!('connectionString' in connection))
    return openLog({ connection: { ...connection, user: role }, clock: owner.clock })
  const url = new URL(connection.connectionString)
  url.username = role
  url.password = 'lesser'
  return openLog({ connection: { connectionString: url.href }, clock: owner.clock })
}

it('lets a lesser role write, seal and verify the log, and change nothing in it', async () => {
  const owner = await openLog()
  const log = await lesser(owner)
  try {
    await log.history(['a'], ['b'])
    expect(await log.verify()).toMatchObject({ rows: 3, findings: [] })
    for (const change of [
      ...AUDIT_TABLES.flatMap((table) => [`DELETE FROM ${table}`, `TRUNCATE ${table}`, `DROP TABLE ${table}`]),
      `UPDATE audit_entry SET actor = 'x'`,
      `UPDATE audit_seal SET size = 0`,
      `INSERT INTO audit_entry (xact, at, actor, action, subject, data) VALUES ('5', now(), 'a', 'b', 'c', '{}')`,
      `INSERT INTO audit_entry (id, at, actor, action, subject, data) VALUES (-1, now(), 'a', 'b', 'c', '{}')`,
    ])
      await expect(log.run(change), change).rejects.toMatchObject({ code: '42501' })
    await recordAudit(log.db, log.clock(), entry('c'))
    expect(await log.verify()).toMatchObject({ unsealed: { rows: 1 } })
  } finally {
    const user = (await log.run<{ user: string }>('SELECT current_user AS user'))[0]?.user
    await log.db.close()
    await owner.run(`DROP OWNED BY ${user}`)
    await owner.run(`DROP ROLE ${user}`)
  }
})
