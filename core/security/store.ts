import { type Sql, statement } from '../platform/database/sql.ts'

const READ = statement('security-read', `SELECT value FROM shop_setting WHERE key = 'security'`)
const WRITE = statement(
  'security-write',
  `INSERT INTO shop_setting (key, value, updated_at) VALUES ('security', $1::jsonb, $2)
   ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
)

export async function read(sql: Sql): Promise<unknown> {
  return (await sql.rows<{ value: unknown }>(READ))[0]?.value
}

export async function write(sql: Sql, value: unknown, at: Date): Promise<void> {
  await sql.rows(WRITE, [JSON.stringify(value), at])
}
