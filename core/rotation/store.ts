import { CHAT_EVENT_PURPOSE } from '../chats/service.ts'
import { DEFERRED_PURPOSE } from '../deferred/service.ts'
import { FEEDBACK_PURPOSE } from '../feedback/service.ts'
import { DRAFT_PURPOSE } from '../inventory/service.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import { SECOND_FACTOR_PURPOSE } from '../second-factor/service.ts'
import { TICKET_PICTURE_PURPOSE, TICKET_PURPOSE } from '../support/service.ts'
import type { KeyVersion } from '../vault/keyring.ts'
import type { Left } from './model.ts'

/** Who says nothing for so long, in seconds, is not there any more. */
const LIVES = 30

/** Whoever joins, switches or retires takes turns: nobody begins with a version that is given up at that moment. */
const TURN = statement('vault-turn', `SELECT pg_advisory_xact_lock(hashtext('vault-versions'))`)
/** The first process there ever was seals to what it has. */
const BEGIN = statement(
  'vault-begin',
  `INSERT INTO vault_version (version, key_hash, added_at, activated_at) SELECT $1, $2, $3, $3
   WHERE NOT EXISTS (SELECT FROM vault_version WHERE activated_at IS NOT NULL)
   ON CONFLICT (version) DO UPDATE SET key_hash = excluded.key_hash, activated_at = excluded.activated_at`,
)
const VERSIONS = `SELECT version, key_hash AS hash, activated_at AS "activatedAt", retired_at AS "retiredAt" FROM vault_version`
const HAS = statement('vault-has-versions', `SELECT to_regclass('public.vault_version') IS NOT NULL AS has`)
const ALL = statement('vault-versions', `${VERSIONS} ORDER BY version`)
const ACTIVE = statement(
  'vault-active',
  `${VERSIONS} WHERE activated_at IS NOT NULL AND retired_at IS NULL ORDER BY version DESC LIMIT 1`,
)
/** One that was made anew before anything was sealed to it, or any process took it up, takes the place of the first. */
const ADD = statement(
  'vault-add',
  `INSERT INTO vault_version (version, key_hash, added_at) VALUES ($1, $2, $3)
   ON CONFLICT (version) DO UPDATE SET key_hash = excluded.key_hash, added_at = excluded.added_at
     WHERE vault_version.key_hash <> excluded.key_hash AND vault_version.activated_at IS NULL
       AND NOT EXISTS (SELECT FROM vault_process p WHERE vault_version.key_hash = ANY (p.keys) AND p.seen_at > clock_timestamp() - interval '${LIVES} s')
   RETURNING version`,
)
const ACTIVATE = statement(
  'vault-activate',
  `UPDATE vault_version SET activated_at = $2 WHERE version = $1 AND activated_at IS NULL RETURNING version`,
)
const RETIRE = statement(
  'vault-retire',
  `UPDATE vault_version SET retired_at = $2 WHERE version < $1 AND retired_at IS NULL RETURNING version`,
)

/** A process says that it is there; this is by the clock of the database, which all of them share. */
const BEAT = statement(
  'vault-beat',
  `INSERT INTO vault_process (id, name, keys, uses, seen_at) VALUES ($1, $2, $3, $4, clock_timestamp())
   ON CONFLICT (id) DO UPDATE SET keys = excluded.keys, uses = excluded.uses, seen_at = excluded.seen_at`,
)
const LEAVE = statement('vault-leave', `DELETE FROM vault_process WHERE id = $1`)
const FORGET = statement(
  'vault-forget',
  `DELETE FROM vault_process WHERE seen_at < clock_timestamp() - interval '1 day'`,
)
const PROCESSES = statement(
  'vault-processes',
  `SELECT name, keys, uses FROM vault_process WHERE seen_at > clock_timestamp() - interval '${LIVES} s' AND id <> $1 ORDER BY name`,
)
const NEEDED = statement('vault-needed', `SELECT DISTINCT key_version AS version FROM batch ORDER BY 1`)

/** A table whose rows hold something sealed by itself (core/vault/blob.ts). */
interface Blobs {
  readonly what: string
  readonly purpose: string
  readonly table: string
  readonly id: string
  readonly column: string
  /** rows at a time: pictures are large */
  readonly chunk: number
}

/**
 * The one list of where something is sealed to the vault's key, besides the batches: whoever adds such a column adds it here. What
 * processes tell each other (`broadcast`) is gone after a minute, and an access token that cannot be opened is fetched anew.
 */
export const BLOBS: readonly Blobs[] = [
  blobs('second factors', SECOND_FACTOR_PURPOSE, 'second_factor', 'customer_id'),
  blobs('ticket messages', TICKET_PURPOSE, 'ticket_message', 'id'),
  { ...blobs('ticket pictures', TICKET_PICTURE_PURPOSE, 'ticket_picture', 'message_id'), chunk: 8 },
  blobs('words of feedback', FEEDBACK_PURPOSE, 'feedback', 'order_id'),
  { ...blobs('import drafts', DRAFT_PURPOSE, 'import_draft_part', 'n'), chunk: 8 },
  { ...blobs('messages that wait', DEFERRED_PURPOSE, 'deferred_message', 'id'), chunk: 8 },
  { ...blobs('chat messages', CHAT_EVENT_PURPOSE, 'chat_event', 'id'), column: 'payload', chunk: 100 },
]

function blobs(what: string, purpose: string, table: string, id: string): Blobs {
  return { what, purpose, table, id, column: 'sealed', chunk: 500 }
}

/** The version that a blob is sealed to stands in its head. */
const isOther = (column: string) => `substring(${column} FROM 2 FOR 4) <> int4send($1::int)`
const COUNT_LEFT = statement(
  'vault-left',
  [
    `SELECT 'batches' AS what, count(*)::int AS count FROM batch WHERE key_version <> $1`,
    ...BLOBS.map(({ what, table, column }) => `SELECT '${what}', count(*)::int FROM ${table} WHERE ${isOther(column)}`),
  ].join(' UNION ALL '),
)
const BATCHES = statement(
  'vault-batches',
  `SELECT id, product_id AS "productId", sealed_data_key AS "sealedDataKey", key_version AS "keyVersion" FROM batch
   WHERE key_version <> $1 AND id > $2 ORDER BY id LIMIT 500`,
)
/** Only what is as it was read: whatever was sealed meanwhile stays. */
const REWRAP_BATCHES = statement(
  'vault-rewrap-batches',
  `UPDATE batch SET sealed_data_key = n.sealed, key_version = $1 FROM unnest($2::int[], $3::bytea[], $4::bytea[]) AS n (id, before, sealed)
   WHERE batch.id = n.id AND batch.sealed_data_key = n.before RETURNING batch.id`,
)
const READ_BLOBS = BLOBS.map(({ table, id, column, chunk }) =>
  statement(
    `vault-read-${table}`,
    `SELECT ${id}::bigint AS id, ${column} AS sealed FROM ${table} WHERE ${isOther(column)} AND ${id} > $2 ORDER BY ${id} LIMIT ${chunk}`,
  ),
)
const WRITE_BLOBS = BLOBS.map(({ table, id, column }) =>
  statement(
    `vault-write-${table}`,
    `UPDATE ${table} AS t SET ${column} = n.sealed FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) AS n (id, before, sealed)
     WHERE t.${id} = n.id AND t.${column} = n.before RETURNING t.${id}`,
  ),
)

/** A version as the database knows it. */
export interface KnownVersion extends KeyVersion {
  readonly activatedAt: Date | null
  readonly retiredAt: Date | null
}

export async function takeTurn(sql: Sql): Promise<void> {
  await sql.rows(TURN)
}

export async function begin(sql: Sql, { version, hash }: KeyVersion, at: Date): Promise<void> {
  await sql.rows(BEGIN, [version, hash, at])
}

export function versions(sql: Sql): Promise<KnownVersion[]> {
  return sql.rows<KnownVersion>(ALL)
}

/** False in a database that an older version of the program made. */
export async function hasVersions(sql: Sql): Promise<boolean> {
  return (await sql.rows<{ has: boolean }>(HAS))[0]?.has === true
}

export async function activeVersion(sql: Sql): Promise<KnownVersion & { readonly activatedAt: Date }> {
  const [row] = await sql.rows<KnownVersion & { readonly activatedAt: Date }>(ACTIVE)
  return row as NonNullable<typeof row>
}

/** False when it is known, or another key has its number. */
export async function addVersion(sql: Sql, { version, hash }: KeyVersion, at: Date): Promise<boolean> {
  return (await sql.rows(ADD, [version, hash, at])).length === 1
}

export async function activate(sql: Sql, version: number, at: Date): Promise<boolean> {
  return (await sql.rows(ACTIVATE, [version, at])).length === 1
}

/** Retires everything before this version; returns what that was. */
export async function retireBefore(sql: Sql, version: number, at: Date): Promise<number[]> {
  return (await sql.rows<{ version: number }>(RETIRE, [version, at])).map((row) => row.version)
}

export interface Process {
  readonly name: string
  readonly keys: readonly Buffer[]
  readonly uses: number
}

export async function beat(sql: Sql, id: string, { name, keys, uses }: Process): Promise<void> {
  await sql.rows(BEAT, [id, name, keys, uses])
}

export async function leave(sql: Sql, id: string): Promise<void> {
  await sql.rows(LEAVE, [id])
}

export async function forgetDead(sql: Sql): Promise<void> {
  await sql.rows(FORGET)
}

/** All that live but this one. */
export function processes(sql: Sql, besides: string): Promise<Process[]> {
  return sql.rows<Process>(PROCESSES, [besides])
}

/** The versions that keys in stock or sold are sealed to. */
export async function neededVersions(sql: Sql): Promise<number[]> {
  return (await sql.rows<{ version: number }>(NEEDED)).map((row) => row.version)
}

export async function countLeft(sql: Sql, active: number): Promise<Left[]> {
  return (await sql.rows<Left>(COUNT_LEFT, [active])).filter(({ count }) => count > 0)
}

interface SealedDataKey {
  readonly id: number
  readonly productId: number
  readonly sealedDataKey: Buffer
  readonly keyVersion: number
}

/** The next batches that are sealed to another version, by id. */
export function batchesAfter(sql: Sql, active: number, id: number): Promise<SealedDataKey[]> {
  return sql.rows<SealedDataKey>(BATCHES, [active, id])
}

/** Something sealed, as it was and as it is to be. */
export interface Resealed {
  readonly id: number | bigint
  readonly before: Buffer
  readonly sealed: Buffer
}

export async function rewrapBatches(sql: Sql, active: number, all: readonly Resealed[]): Promise<number> {
  const { ids, before, sealed } = columns(all)
  return (await sql.rows(REWRAP_BATCHES, [active, ids, before, sealed])).length
}

/** The next blobs of a table in {@link BLOBS} that are sealed to another version, by id. */
export function blobsAfter(
  sql: Sql,
  table: number,
  active: number,
  id: bigint,
): Promise<{ readonly id: bigint; readonly sealed: Buffer }[]> {
  return sql.rows(READ_BLOBS[table] as (typeof READ_BLOBS)[number], [active, id])
}

export async function rewriteBlobs(sql: Sql, table: number, all: readonly Resealed[]): Promise<number> {
  const { ids, before, sealed } = columns(all)
  return (await sql.rows(WRITE_BLOBS[table] as (typeof WRITE_BLOBS)[number], [ids, before, sealed])).length
}

const columns = (all: readonly Resealed[]) => ({
  ids: all.map(({ id }) => id),
  before: all.map(({ before }) => before),
  sealed: all.map(({ sealed }) => sealed),
})
