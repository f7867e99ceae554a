import type { PrismaClient } from '../platform/database/database.ts'

export async function readAll(prisma: PrismaClient): Promise<Record<string, unknown>> {
  const rows = await prisma.shopSetting.findMany()
  return Object.fromEntries(rows.map((row) => [row.key, row.value]))
}

export const WRITE = {
  name: 'profile-write',
  text: `INSERT INTO shop_setting (key, value, updated_at) VALUES ($1, $2::jsonb, $3)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
}
