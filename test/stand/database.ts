import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import type { Connection } from '../../core/platform/database/database.ts'
import { atEnd } from './closing.ts'
import { administer, databaseOf } from './server.ts'

/** A new database with the shop's empty schema, for the caller alone; dropped when the test file ends. */
export function openOwnDatabase(): Promise<Connection> {
  return openDatabaseLike(inject('server').template)
}

/** One that has had no migration. */
export function openEmptyDatabase(): Promise<Connection> {
  return openDatabaseLike('template0')
}

async function openDatabaseLike(template: string): Promise<Connection> {
  const { connection } = inject('server')
  const name = `keytill_test_${randomBytes(6).toString('hex')}`
  await administer(connection, `CREATE DATABASE ${name} TEMPLATE ${template}`)
  atEnd(() => administer(connection, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  return databaseOf(connection, name)
}
