import pg from 'pg'
import { codeOf } from './process.ts'

/** Settings for `pg`; the host may be the folder of a socket. */
export interface Connection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
}

/** What a server that starts, recovers or stops answers, or does not. */
const notNow = new Set(['57P03', '57P01', '57P02', '53300', 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'])
const alreadyThere = new Set(['42P04', '23505'])

/**
 * True when the server takes connections; makes the database if it does not exist yet. False when the server is
 * starting, stopping or full.
 *
 * @throws whatever else the server or the system has against the connection.
 */
export async function isAnswering(connection: Connection): Promise<boolean> {
  // Asking in another database first, because connecting to one that is not there leaves a FATAL in the log.
  const client = new pg.Client({ ...connection, database: 'postgres', ssl: false, connectionTimeoutMillis: 5000 })
  // A server that goes away says so here too; the call's own rejection is what counts.
  client.on('error', () => {})
  try {
    await client.connect()
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [connection.database])
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${connection.database}`)
    return true
  } catch (error) {
    const isCut = error instanceof Error && error.message.startsWith('Connection terminated')
    if (isCut || notNow.has(codeOf(error))) return false
    if (alreadyThere.has(codeOf(error))) return true
    throw error
  } finally {
    await client.end()
  }
}
