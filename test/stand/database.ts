import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import type { Connection } from '../../core/platform/database/database.ts'
import { atEnd } from './closing.ts'
import { administer, databaseOf } from './server.ts'

/** A new database with the shop's empty schema, for the caller alone; dropped when the test file ends. */
export function openOwnDatabase(): Promise<Connection> {
  const { connection, template } = inject('server')
  return openDatabaseLike(connection, template)
}

/** The same, on a server where no other test keeps what was written from being sealed. */
export function openSecludedDatabase(): Promise<Connection> {
  const { connection, template } = inject('secluded')
  return openDatabaseLike(connection, template)
}

/** One that has had no migration. */
export function openEmptyDatabase(): Promise<Connection> {
  return openDatabaseLike(inject('server').connection, 'template0')
}

async function openDatabaseLike(connection: Connection, template: string): Promise<Connection> {
  const name = `keytill_test_${randomBytes(6).toString('hex')}`
  // By copying files: a third of the work of the usual way, which writes every page into the log.
  await administer(connection, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`)
  atEnd(() => administer(connection, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  return databaseOf(connection, name)
}
