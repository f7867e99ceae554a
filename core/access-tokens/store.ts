import { type Sql, statement } from '../platform/database/sql.ts'

const FIND = statement(
  'access-token',
  `SELECT sealed, expires_at AS "expiresAt" FROM access_token WHERE name = $1 AND expires_at > $2`,
)
const KEEP = statement(
  'access-token-keep',
  `INSERT INTO access_token (name, sealed, expires_at) VALUES ($1, $2, $3)
   ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at`,
)

/** The token of this name that is good after `at`. */
export async function find(
  sql: Sql,
  name: string,
  at: Date,
): Promise<{ readonly sealed: Buffer; readonly expiresAt: Date } | undefined> {
  return (await sql.rows<{ sealed: Buffer; expiresAt: Date }>(FIND, [name, at]))[0]
}

export async function keep(sql: Sql, name: string, sealed: Buffer, expiresAt: Date): Promise<void> {
  await sql.rows(KEEP, [name, sealed, expiresAt])
}
