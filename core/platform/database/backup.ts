import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import pg from 'pg'
import { KeytillError } from '../errors.ts'
import { syncFolder } from '../secret-file.ts'
import { backupText, copyLine, type Manifest, ROWS_END, setvalLine } from './backup-file.ts'
import { copyOut } from './copy.ts'
import type { Connection } from './database.ts'
import { appliedMigrations } from './migrate.ts'

export interface Table {
  readonly name: string
  readonly columns: readonly string[]
}

/**
 * Jobs are taken along as what adds them again, because the library's own tables are nobody else's to fill: notices not yet
 * sent, refunds not yet asked for. One under way is among them, as after a crash. One that failed for good keeps its
 * `failure`; one that another took the place of is left out.
 */
export const JOBS: Table = {
  name: 'kept_job',
  columns: ['task', 'payload', 'queue', 'run_at', 'attempts', 'key', 'priority', 'failure'],
}
const COPY_JOBS = `COPY (SELECT t.identifier, j.payload, q.queue_name, j.run_at, j.max_attempts, j.key, j.priority,
    CASE WHEN j.attempts >= j.max_attempts AND j.locked_at IS NULL THEN coalesce(j.last_error, 'failed') END
  FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id
    LEFT JOIN graphile_worker._private_job_queues q ON q.id = j.job_queue_id
  WHERE j.key IS NOT NULL OR j.attempts < j.max_attempts ORDER BY j.id) TO STDOUT`

/** What COPY writes and reads depends on these; and no limit of the server's may end a long copy. */
export const PLAIN_TEXT = `SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; SET LOCAL intervalstyle = 'postgres';
  SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL client_encoding = 'UTF8';
  SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0`

/**
 * The shop's tables and their columns, but for the history of migrations, which is in the head, and for what is not even
 * worth PostgreSQL's own log.
 */
const TABLES = `SELECT c.relname::text AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p' AND c.relname <> '_prisma_migrations'
  GROUP BY c.oid ORDER BY c.relname`
const SEQUENCES = `SELECT sequencename::text AS name FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1`
/** The library hides its rows from whoever was not given them (see roles.ts): a backup must not lack them in silence. */
const BLIND = `SELECT WHERE row_security_active('graphile_worker._private_jobs') AND NOT EXISTS (
  SELECT FROM pg_policy p WHERE p.polrelid = 'graphile_worker._private_jobs'::regclass AND current_user::regrole = ANY (p.polroles))`

/** How far a backup or a restore has come. */
export interface Progress {
  readonly table: string
  /** how many tables came before this one, and how many there are */
  readonly done: number
  readonly of: number
  /** bytes of text so far, in all tables */
  readonly bytes: number
}

export interface BackupOptions {
  /** the content of the vault's key file, to be kept in the backup too */
  readonly vaultKey?: string
  /** when it is made, for its head */
  readonly now: Date
  /** gives up, and leaves nothing */
  readonly signal?: AbortSignal
  onProgress?(progress: Progress): void
}

/** What was written: how many rows of each table, and the file's size in bytes. */
export interface BackupReport {
  readonly rows: Manifest['rows']
  readonly size: number
}

/**
 * Writes all the shop's rows, as they were at one moment, to a new file of mode 0600, while the shop runs or not. What is
 * sealed stays sealed. The file gets its name when it is whole and on disk. Done as the role that runs the shop, or owns it.
 * @throws KeytillError `backup.exists`, `backup.no_shop`, `backup.blind` when the role cannot see the jobs, or
 *   `backup.not_written` with the system's reason
 */
export async function writeBackup(connection: Connection, path: string, options: BackupOptions): Promise<BackupReport> {
  const isTaken = await stat(path).then(
    () => true,
    () => false,
  )
  if (isTaken) throw new KeytillError('backup.exists', `${path} is there already: choose another name.`)
  const client = new pg.Client({ ...connection, application_name: 'keytill backup' })
  // A lost connection fails the statement under way, which is enough.
  client.on('error', () => {})
  await client.connect()
  const part = `${path}.${randomBytes(4).toString('hex')}.part`
  try {
    if ((await appliedMigrations(client)).length === 0)
      throw new KeytillError('backup.no_shop', 'There is no shop in this database.')
    if ((await client.query(BLIND)).rowCount !== 0)
      throw new KeytillError('backup.blind', 'This role cannot see all there is: use the one that runs the shop.')
    await openSnapshot(client)
    const rows: Record<string, number> = {}
    const migrations = await appliedMigrations(client)
    const about = { madeAt: options.now.toISOString(), migrations, vaultKey: options.vaultKey }
    const text = backupText(about, everything(client, rows, options))
    const file = createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true })
    await pipeline(text, createGzip({ level: 1, chunkSize: 256 * 1024 }), file, { signal: options.signal })
    const { size } = await stat(part)
    await rename(part, path)
    syncFolder(dirname(path))
    return { rows, size }
  } catch (error) {
    await rm(part, { force: true })
    throw explained(error, path)
  } finally {
    await client.end()
  }
}

/** Locks the tables against changes of the schema (not of rows) before the moment that is seen begins. */
async function openSnapshot(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<Table>(TABLES)
  await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${PLAIN_TEXT}`)
  await client.query(`LOCK TABLE ${rows.map(({ name }) => `"${name}"`).join(', ')} IN ACCESS SHARE MODE`)
}

async function* everything(
  client: pg.ClientBase,
  counted: Record<string, number>,
  { onProgress }: BackupOptions,
): AsyncGenerator<Buffer | string, Manifest['rows']> {
  const { rows: tables } = await client.query<Table>(TABLES)
  const parts = [...tables, JOBS]
  let bytes = 0
  for (const [done, part] of parts.entries()) {
    const head = copyLine(part.name, part.columns)
    yield head
    const copied = copyOut(client, part === JOBS ? COPY_JOBS : head.replace('FROM stdin', 'TO STDOUT'))
    for await (const block of copied.rows as AsyncIterable<Buffer>) {
      bytes += block.length
      onProgress?.({ table: part.name, done, of: parts.length, bytes })
      yield block
    }
    yield ROWS_END
    counted[part.name] = copied.count()
  }
  // A sequence knows no snapshot and only grows: read last, it is beyond every id above.
  const { rows: sequences } = await client.query<{ name: string }>(SEQUENCES)
  for (const { name } of sequences) {
    const { rows: used } = await client.query(`SELECT last_value::text AS value FROM "${name}" WHERE is_called`)
    for (const { value } of used) yield setvalLine(name, value)
  }
  return counted
}

/** The reasons of a disk or a folder; those of a connection are told as they are. */
const DISK = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS', 'EACCES', 'EPERM', 'ENOENT', 'ENOTDIR'])

function explained(cause: unknown, path: string): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (!DISK.has(code)) return cause
  const why = code === 'ENOSPC' ? 'the disk is full' : code
  return new KeytillError('backup.not_written', `The backup ${path} could not be written: ${why}.`, { cause })
}
