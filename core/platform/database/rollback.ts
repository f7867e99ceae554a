import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { KeytillError } from '../errors.ts'
import { appliedMigrations, changeSchema, FOLDER, underMigrationLock } from './migrate.ts'

/** The migration that can be taken back next. */
export interface Newest {
  readonly name: string
  /** its first line: what it was for */
  readonly why: string
  /** what would be lost, in a sentence; undefined when nothing would */
  readonly loses: string | undefined
  /** the SQL that takes it back: `down.sql` beside it, whose first line is `-- Loses: nothing` or `-- Loses: <what>` */
  readonly sql: string
}

/**
 * The newest migration that this database has had.
 * @throws KeytillError `rollback.none` in an empty database, `rollback.no_way` when this version does not know how to take it back
 */
export async function newestMigration(client: pg.ClientBase, folder = FOLDER): Promise<Newest> {
  const name = (await appliedMigrations(client)).at(-1)
  if (name === undefined) throw new KeytillError('rollback.none', 'There is no shop in this database.')
  const sql = read(`${folder}/${name}/down.sql`)
  const [, loses] = /^-- Loses: (.+)$/m.exec(sql ?? '') ?? []
  if (sql === undefined || loses === undefined)
    throw new KeytillError(
      'rollback.no_way',
      `The migration ${name} cannot be taken back by this version. Restore the backup that was made before it.`,
    )
  const [, why = ''] = /^-- (.+)$/m.exec(read(`${folder}/${name}/migration.sql`) ?? '') ?? []
  return { name, why, loses: loses === 'nothing' ? undefined : loses, sql }
}

/**
 * Takes back the newest migration, in one transaction. The shop must be stopped: it would go on with columns that are gone.
 * @throws KeytillError `rollback.not_newest`, `rollback.loses_data` unless told to, `rollback.in_use`, or as {@link newestMigration}
 */
export async function rollBack(client: pg.ClientBase, name: string, loseData: boolean, folder = FOLDER): Promise<void> {
  await underMigrationLock(client, async () => {
    const newest = await newestMigration(client, folder)
    if (newest.name !== name)
      throw new KeytillError('rollback.not_newest', `Only the newest migration can be taken back: ${newest.name}.`)
    if (newest.loses !== undefined && !loseData)
      throw new KeytillError('rollback.loses_data', `This would lose ${newest.loses} Add --lose-data if it may.`)
    const { rowCount } = await client.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'keytill'`,
    )
    if (rowCount !== 0)
      throw new KeytillError('rollback.in_use', 'The shop is running on this database: stop it first.')
    await changeSchema(client, async () => {
      await client.query(newest.sql)
      await client.query(
        'UPDATE "_prisma_migrations" SET rolled_back_at = now() WHERE migration_name = $1 AND rolled_back_at IS NULL',
        [name],
      )
    })
  })
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
