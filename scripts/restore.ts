/**
 * `npm run restore -- <backup> [--into <folder-or-url>]`: fills an empty database with a backup, after reading all of it once
 * to see that it is whole. The shop that it was made of can go on meanwhile.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Connection, openDatabase } from '../core/platform/database/database.ts'
import { reachDatabase } from '../core/platform/database/reach.ts'
import { restoreBackup, verifyBackup } from '../core/platform/database/restore.ts'
import { hasCode, KeytillError } from '../core/platform/errors.ts'
import { silentLog } from '../core/platform/log.ts'
import { createSecretFile, readSecretFile } from '../core/platform/secret-file.ts'
import { readSettings, type Settings } from '../core/platform/settings.ts'
import { missingVersions } from '../core/rotation/service.ts'
import { bindVault } from '../core/vault/binding.ts'
import { openKeyring } from '../core/vault/keyring.ts'
import { command, megabytes, progressLine } from './command.ts'

const USAGE = `usage: npm run restore -- <backup> [--into <folder-or-url>]

  --into  an empty KEYTILL_DATA folder, or postgres://… of an empty database; without it, what the settings name`

await command('restore', async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { into: { type: 'string' }, help: { type: 'boolean' } },
  })
  const [path, ...more] = positionals
  if (values.help || !path || more.length > 0) {
    console.log(USAGE)
    return values.help ? 0 : 2
  }
  const settings = aimedAt(readSettings(process.env), values.into)
  const progress = progressLine()
  const started = performance.now()
  progress.show(() => `reading ${path}`)
  const manifest = await verifyBackup(path)
  if (manifest.vaultKey !== undefined && settings.KEYTILL_VAULT_KEY === undefined)
    putVaultKey(settings.KEYTILL_DATA, manifest.vaultKey)
  const database = await reachDatabase(settings, 'owner', true)
  try {
    await restoreBackup(database.connection, path, manifest, ({ table, done, of, bytes }) =>
      progress.show(() => `${done + 1} of ${of}  ${table}  ${megabytes(bytes)}`),
    )
    progress.clear()
    const total = Object.values(manifest.rows).reduce((sum, count) => sum + count, 0)
    const took = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`Restored ${total} rows, as they were at ${manifest.madeAt}, in ${took} s.`)
    console.log('What was sold after that is for sale again here: void those keys before buyers come.')
    const trouble = await vaultTrouble(settings, database.connection)
    if (trouble !== undefined) console.log(`Before you start: ${trouble}`)
    return 0
  } finally {
    progress.clear()
    await database.close()
  }
})

function aimedAt(settings: Settings, into: string | undefined): Settings {
  if (into === undefined) return settings
  return /^postgres(ql)?:\/\//.test(into)
    ? { ...settings, DATABASE_URL: into, MIGRATE_DATABASE_URL: undefined }
    : { ...settings, KEYTILL_DATA: into, DATABASE_URL: undefined, MIGRATE_DATABASE_URL: undefined }
}

/** A key that is there already is never written over. */
function putVaultKey(dataDir: string, content: string): void {
  const path = join(dataDir, 'vault.key')
  if (createSecretFile(path, content) || readSecretFile(path) === content) return
  throw new KeytillError('restore.other_vault_key', `${path} is another key than the backup’s: restore elsewhere.`)
}

/** Why the shop would not start with the vault key that it would find, if it would not. */
async function vaultTrouble(settings: Settings, connection: Connection): Promise<string | undefined> {
  const { KEYTILL_DATA: dataDir, KEYTILL_VAULT_KEY: fromEnvironment } = settings
  const db = openDatabase(connection, silentLog)
  try {
    const { keyring } = openKeyring({ dataDir, fromEnvironment, createIfMissing: false })
    await bindVault(db, keyring)
    return await missingVersions(db, keyring)
  } catch (error) {
    if (hasCode(error, 'vault.key_missing') || hasCode(error, 'vault.key_wrong')) return error.message
    throw error
  } finally {
    await db.close()
  }
}
