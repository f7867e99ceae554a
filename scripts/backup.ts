/**
 * `npm run backup -- <folder-or-file> [--with-vault-key]`: writes the shop, as it is at one moment, to one file, while the
 * shop runs or not. Keys stay sealed in it. A run that is interrupted, or finds the disk full, leaves no file.
 */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeBackup } from '../core/platform/database/backup.ts'
import { type Connection, openDatabase } from '../core/platform/database/database.ts'
import { reachDatabase } from '../core/platform/database/reach.ts'
import { silentLog } from '../core/platform/log.ts'
import { readSettings, type Settings } from '../core/platform/settings.ts'
import { bindVault } from '../core/vault/binding.ts'
import { openKeyring } from '../core/vault/keyring.ts'
import { command, megabytes, progressLine } from './command.ts'

const USAGE = `usage: npm run backup -- <folder-or-file> [--with-vault-key]

  a folder          gets a new file named after the time
  --with-vault-key  keep the vault key in it too: whoever has the file can then read every key`

await command('backup', async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'with-vault-key': { type: 'boolean' }, help: { type: 'boolean' } },
  })
  const [target, ...more] = positionals
  if (values.help || !target || more.length > 0) {
    console.log(USAGE)
    return values.help ? 0 : 2
  }
  const settings = readSettings(process.env)
  const now = new Date()
  const path = isFolder(target) ? join(target, nameAt(now)) : target
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
  const database = await reachDatabase(settings, 'runner')
  const progress = progressLine()
  const started = performance.now()
  try {
    const { rows, size } = await writeBackup(database.connection, path, {
      now,
      signal: stopping.signal,
      ...(values['with-vault-key'] ? { vaultKey: await vaultKey(settings, database.connection) } : {}),
      onProgress: ({ table, done, of, bytes }) =>
        progress.show(() => `${done + 1} of ${of}  ${table}  ${megabytes(bytes)}`),
    })
    progress.clear()
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0)
    console.log(`${path}: ${total} rows, ${megabytes(size)}, in ${((performance.now() - started) / 1000).toFixed(1)} s`)
    console.log(
      values['with-vault-key']
        ? 'The vault key is in it: whoever has this file can read every key. Keep it where nobody else can.'
        : 'The vault key is not in it. Keep a copy of the key in another place: without it nobody can read the stock.',
    )
    return 0
  } catch (error) {
    progress.clear()
    if (!stopping.signal.aborted) throw error
    console.error('Interrupted: nothing was written.')
    return 130
  } finally {
    await database.close()
  }
})

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function nameAt(now: Date): string {
  return `keytill-${now.toISOString().replace(/[-:]|\.\d+/g, '')}.backup.gz`
}

/** The vault's key file, once it is sure that it is the one this database was filled with. */
async function vaultKey(settings: Settings, connection: Connection): Promise<string> {
  const { KEYTILL_DATA: dataDir, KEYTILL_VAULT_KEY: fromEnvironment } = settings
  const { keyring } = openKeyring({ dataDir, fromEnvironment, createIfMissing: false })
  const db = openDatabase(connection, silentLog)
  try {
    await bindVault(db, keyring)
  } finally {
    await db.close()
  }
  return fromEnvironment === undefined
    ? readFileSync(join(dataDir, 'vault.key'), 'utf8')
    : Buffer.from(fromEnvironment, 'base64').toString('utf8')
}
