import { type Sql, statement } from '../platform/database/sql.ts'

const DRAFT_START = statement(
  'draft-start',
  `INSERT INTO import_draft (product_id, staff_id, source, created_at) VALUES ($1, $2, $3, $4) RETURNING id`,
)
const DRAFT_ADD = statement(
  'draft-add',
  `INSERT INTO import_draft_part (draft_id, event, sealed) SELECT id, $3, $4 FROM import_draft WHERE id = $1 AND staff_id = $2 ON CONFLICT DO NOTHING RETURNING n`,
)
const DRAFT = statement(
  'draft-get',
  `SELECT d.product_id, p.sku, d.source FROM import_draft d JOIN product p ON p.id = d.product_id WHERE d.id = $1 AND d.staff_id = $2`,
)
const DRAFT_PARTS = statement('draft-parts', `SELECT sealed FROM import_draft_part WHERE draft_id = $1 ORDER BY n`)
const DRAFT_DROP = statement('draft-drop', `DELETE FROM import_draft WHERE id = $1`)
const DRAFTS_OLD = statement('drafts-old', `DELETE FROM import_draft WHERE created_at < $1`)

export async function startDraft(
  sql: Sql,
  productId: number,
  staffId: number,
  source: string,
  at: Date,
): Promise<number> {
  const [row] = await sql.rows<{ id: number }>(DRAFT_START, [productId, staffId, source, at])
  return (row as { id: number }).id
}

/** False when the event added before, or there is no such draft. */
export async function addDraftPart(
  sql: Sql,
  draftId: number,
  staffId: number,
  event: string,
  sealed: Buffer,
): Promise<boolean> {
  return (await sql.rows(DRAFT_ADD, [draftId, staffId, event, sealed])).length === 1
}

export async function draft(
  sql: Sql,
  draftId: number,
  staffId: number,
): Promise<{ product_id: number; sku: string; source: 'paste' | 'file' } | undefined> {
  const [row] = await sql.rows<{ product_id: number; sku: string; source: 'paste' | 'file' }>(DRAFT, [draftId, staffId])
  return row
}

export async function draftParts(sql: Sql, draftId: number): Promise<Buffer[]> {
  return (await sql.rows<{ sealed: Buffer }>(DRAFT_PARTS, [draftId])).map((row) => row.sealed)
}

export async function dropDraft(sql: Sql, draftId: number): Promise<void> {
  await sql.rows(DRAFT_DROP, [draftId])
}

export async function dropOldDrafts(sql: Sql, before: Date): Promise<void> {
  await sql.rows(DRAFTS_OLD, [before])
}
