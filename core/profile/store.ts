import { type Sql, statement } from '../platform/database/sql.ts'

const READ = statement('profile-read', `SELECT key, value FROM shop_setting`)
const WRITE = statement(
  'profile-write',
  `INSERT INTO shop_setting (key, value, updated_at) VALUES ($1, $2::jsonb, $3)
   ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
)

export async function readAll(sql: Sql): Promise<Record<string, unknown>> {
  const rows = await sql.rows<{ key: string; value: unknown }>(READ)
  return Object.fromEntries(rows.map((row) => [row.key, row.value]))
}

export async function write(sql: Sql, key: string, value: unknown, at: Date): Promise<void> {
  await sql.rows(WRITE, [key, JSON.stringify(value), at])
}
