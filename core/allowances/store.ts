import { type Sql, statement } from '../platform/database/sql.ts'
import type { Grant, Kind, Taken } from './model.ts'

const GRANT = statement(
  'allowance-grant',
  `INSERT INTO send_allowance (channel, chat, kind, remaining, until, cause)
     SELECT $1, $2, g.kind, g.remaining, g.until, $3 FROM unnest($4::text[], $5::int[], $6::timestamptz[]) AS g (kind, remaining, until)
     ORDER BY g.kind
   ON CONFLICT (channel, chat, kind) DO UPDATE SET remaining = excluded.remaining, until = excluded.until, cause = excluded.cause
     WHERE send_allowance.cause <> excluded.cause`,
)
const GRANTED_UNTIL = statement(
  'allowance-granted-until',
  `SELECT until FROM send_allowance WHERE channel = $1 AND chat = $2 AND kind = $3 AND cause <> ''`,
)
/** Of several the one that ends first; what any that is counted at all was granted for. */
const TAKE = statement(
  'allowance-take',
  `WITH best AS (
     SELECT kind FROM send_allowance WHERE channel = $1 AND chat = $2 AND kind = ANY ($3) AND remaining > 0 AND until > $4
     ORDER BY until LIMIT 1 FOR UPDATE),
   taken AS (
     UPDATE send_allowance a SET remaining = remaining - 1 FROM best WHERE a.channel = $1 AND a.chat = $2 AND a.kind = best.kind
     RETURNING a.kind)
   SELECT (SELECT kind FROM taken) AS kind,
     ARRAY (SELECT cause FROM send_allowance WHERE channel = $1 AND chat = $2 AND kind = ANY ($3)) AS causes`,
)
const GIVE_BACK = statement(
  'allowance-give-back',
  `UPDATE send_allowance SET remaining = remaining + 1
   WHERE channel = $1 AND chat = $2 AND kind = $3 AND cause = ANY ($4)`,
)
const LEFT = statement(
  'allowance-left',
  `SELECT sum(CASE WHEN until > $4 THEN remaining ELSE 0 END)::int AS remaining FROM send_allowance
   WHERE channel = $1 AND chat = $2 AND kind = ANY ($3)`,
)
const FORFEIT = statement(
  'allowance-forfeit',
  `INSERT INTO send_allowance (channel, chat, kind, remaining, until, cause)
     SELECT $1, $2, k, 0, $4, '' FROM unnest($3::text[]) AS k ORDER BY k
   ON CONFLICT (channel, chat, kind) DO UPDATE SET remaining = 0
     WHERE $5::text[] IS NULL OR send_allowance.cause = ANY ($5)`,
)
const PRUNE = statement('allowance-prune', `DELETE FROM send_allowance WHERE until < $1`)

export async function grant(
  sql: Sql,
  channel: string,
  chat: string,
  cause: string,
  grants: readonly (Grant & { readonly until: Date })[],
): Promise<void> {
  const columns = [grants.map((g) => g.kind), grants.map((g) => g.times), grants.map((g) => g.until)]
  await sql.rows(GRANT, [channel, chat, cause, ...columns])
}

/** When what was granted last ends or has ended; undefined when nothing ever was. */
export async function grantedUntil(sql: Sql, channel: string, chat: string, kind: Kind): Promise<Date | undefined> {
  return (await sql.rows<{ until: Date }>(GRANTED_UNTIL, [channel, chat, kind]))[0]?.until
}

/**
 * Takes one of that kind which ends first, of these that have any left at `at`. Returns the kind, null when all are used up or over, and
 * the causes for which these kinds were last granted, none when they never were.
 */
export async function take(
  sql: Sql,
  channel: string,
  chat: string,
  kinds: readonly Kind[],
  at: Date,
): Promise<{ readonly kind: Kind | null; readonly causes: readonly string[] }> {
  const [row] = await sql.rows<{ kind: Kind | null; causes: string[] }>(TAKE, [channel, chat, kinds, at])
  return row ?? { kind: null, causes: [] }
}

export async function giveBack(sql: Sql, channel: string, chat: string, { kind, causes }: Taken): Promise<void> {
  await sql.rows(GIVE_BACK, [channel, chat, kind, causes])
}

/** Null when nothing was ever granted. */
export async function left(
  sql: Sql,
  channel: string,
  chat: string,
  kinds: readonly Kind[],
  at: Date,
): Promise<number | null> {
  return (await sql.rows<{ remaining: number | null }>(LEFT, [channel, chat, kinds, at]))[0]?.remaining ?? null
}

export async function forfeit(
  sql: Sql,
  channel: string,
  chat: string,
  kinds: readonly Kind[],
  causes: readonly string[] | undefined,
  until: Date,
): Promise<void> {
  await sql.rows(FORFEIT, [channel, chat, kinds, until, causes ?? null])
}

export async function prune(sql: Sql, before: Date): Promise<void> {
  await sql.rows(PRUNE, [before])
}
