import { createHmac } from 'node:crypto'
import { type Sql, statement } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import type { SealingKeyring } from './keyring.ts'

/** The first vault to open a database leaves its mark there; whoever comes later is shown the mark. */
const BIND = statement(
  'vault-bind',
  `INSERT INTO shop_setting (key, value) VALUES ('vault', to_jsonb($1::text)) ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING value`,
)

/**
 * Makes sure that this vault is the one the database was filled with. With another, old stock could not be opened, and a key
 * that is known could be imported and sold again. The mark is a MAC under the fingerprint key, which rotation leaves alone.
 * @throws KeytillError `vault.key_wrong`
 */
export async function bindVault(sql: Sql, keyring: SealingKeyring): Promise<void> {
  const mine = createHmac('sha256', keyring.fingerprintKey).update('keytill vault').digest('base64')
  const [row] = await sql.rows<{ value: unknown }>(BIND, [mine])
  if (row?.value === mine) return
  throw new KeytillError(
    'vault.key_wrong',
    'This database was filled with another vault key. Put that key back: the file vault.key in KEYTILL_DATA, or KEYTILL_VAULT_KEY.',
  )
}
