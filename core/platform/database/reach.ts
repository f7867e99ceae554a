import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { KeytillError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import type { Connection } from './database.ts'
import { startEmbedded } from './embedded/server.ts'

/** A database that a command works on beside the shop, or while it is stopped. */
export interface Reached {
  readonly connection: Connection
  /** Lets go of it: stops an embedded server that was started for this. */
  close(): Promise<void>
}

type Where = Pick<Settings, 'KEYTILL_DATA' | 'DATABASE_URL' | 'MIGRATE_DATABASE_URL'>

/**
 * Reaches the database that the settings name, as the role that runs the shop or as the one that owns its schema. Neither
 * makes nor changes a schema; an embedded database is made only when asked to.
 * @throws KeytillError `database.none` where no shop has been yet, or as `startEmbedded`
 */
export async function reachDatabase(settings: Where, as: 'runner' | 'owner', create = false): Promise<Reached> {
  const url = (as === 'owner' && settings.MIGRATE_DATABASE_URL) || settings.DATABASE_URL
  if (url) return { connection: { connectionString: url }, close: async () => {} }
  const dataDir = settings.KEYTILL_DATA
  if (!create && !existsSync(join(dataDir, 'pg', 'cluster')))
    throw new KeytillError(
      'database.none',
      `There is no shop in ${dataDir}: set KEYTILL_DATA or DATABASE_URL to where it is.`,
    )
  const server = await startEmbedded({ dataDir })
  return { connection: server.connection, close: server.stop }
}
