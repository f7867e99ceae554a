import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { KeytillError } from '../errors.ts'

// A backup is a gzipped text of these lines, the data as psql would read it:
//
//   -- keytill backup {"format":1,"madeAt":…,"migrations":[…]}
//   -- vault key {"version":1,…}                  only when asked for
//   COPY "category" ("id", "name") FROM stdin;
//   1<tab>Game cards
//   \.
//   SELECT setval('"category_id_seq"', 1);
//   -- end {"rows":{"category":1},"sha256":…}     the hash is that of all bytes before this line
//
// Reading knows exactly these and runs nothing else that a file may say.

const FORMAT = 1
const END = '-- end '
const NAME = '"[A-Za-z0-9_]+"'
const COPY = new RegExp(`^COPY (${NAME}) \\(${NAME}(?:, ${NAME})*\\) FROM stdin;$`)
const SETVAL = /^SELECT setval\('"[A-Za-z0-9_]+"', \d+\);$/

const format = z.object({ format: z.int() })
const head = z.object({
  /** when the snapshot was taken */
  madeAt: z.iso.datetime(),
  /** the migrations that the schema had had */
  migrations: z.array(z.string()),
})
const end = z.object({ rows: z.record(z.string(), z.int()), sha256: z.string() })

/** What a backup says of itself. */
export interface Manifest extends z.infer<typeof head> {
  /** how many rows of each table it holds */
  readonly rows: Readonly<Record<string, number>>
  /** the content of the vault's key file, where it was asked for */
  readonly vaultKey: string | undefined
}

/** What is done with the parts of a backup as they come. All rows of a table have to be read. */
export interface Visitor {
  /** `copy` is the statement without its semicolon */
  table(name: string, copy: string, rows: AsyncIterable<Buffer>): Promise<void>
  sequence(setval: string): Promise<void>
}

/**
 * The text of a backup. `parts` gives what stands between the first line and the last, and at its end the rows it counted.
 */
export async function* backupText(
  about: Pick<Manifest, 'madeAt' | 'migrations' | 'vaultKey'>,
  parts: AsyncGenerator<Buffer | string, Manifest['rows']>,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const hashed = (part: Buffer | string) => {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    hash.update(bytes)
    return bytes
  }
  const { madeAt, migrations, vaultKey } = about
  yield hashed(`-- keytill backup ${JSON.stringify({ format: FORMAT, madeAt, migrations })}\n`)
  if (vaultKey !== undefined) yield hashed(`-- vault key ${JSON.stringify(vaultKey)}\n`)
  for (;;) {
    const { done, value } = await parts.next()
    if (done) {
      yield Buffer.from(`${END}${JSON.stringify({ rows: value, sha256: hash.digest('hex') })}\n`)
      return
    }
    yield hashed(value)
  }
}

/** The line that begins a table's rows, and the one after them. */
export const copyLine = (table: string, columns: readonly string[]): string =>
  `COPY ${quoted(table)} (${columns.map(quoted).join(', ')}) FROM stdin;\n`
export const ROWS_END = '\\.\n'
export const setvalLine = (sequence: string, value: string): string =>
  `SELECT setval('${quoted(sequence)}', ${value});\n`

function quoted(name: string): string {
  if (/^[A-Za-z0-9_]+$/.test(name)) return `"${name}"`
  throw new KeytillError(
    'backup.strange_name',
    `A backup cannot hold ${JSON.stringify(name)}: it is none of keytill’s.`,
  )
}

/**
 * Reads a backup from its first byte to its last, and is content only with one that is whole.
 * @throws KeytillError `backup.no_file`, `backup.not_one`, `backup.damaged`, or `backup.format_newer`
 */
export async function readBackup(path: string, visitor: Visitor): Promise<Manifest> {
  const text = createGunzip({ chunkSize: 256 * 1024 })
  // What goes wrong with either stream is thrown where the second one is read.
  pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), text, () => {})
  try {
    return await read(new Text(text), visitor)
  } catch (error) {
    throw explained(error, path)
  } finally {
    text.destroy()
  }
}

async function read(text: Text, visitor: Visitor): Promise<Manifest> {
  const [, first] = /^-- keytill backup (\{.*\})$/.exec((await text.line()) ?? '') ?? []
  if (first === undefined) throw new NotOne()
  if (parse(format, first).format > FORMAT)
    throw new KeytillError('backup.format_newer', 'This backup was made by a newer keytill: restore it with that one.')
  const { madeAt, migrations } = parse(head, first)
  let vaultKey: string | undefined
  for (;;) {
    const line = await text.line()
    if (line === undefined) throw new Damaged()
    const [copy, table] = COPY.exec(line) ?? []
    if (copy !== undefined && table !== undefined) {
      await visitor.table(table.slice(1, -1), copy.slice(0, -1), text.rows())
    } else if (SETVAL.test(line)) {
      await visitor.sequence(line)
    } else if (line.startsWith('-- vault key ')) {
      vaultKey = parse(z.string(), line.slice('-- vault key '.length))
    } else if (line.startsWith(END)) {
      const { rows, sha256 } = parse(end, line.slice(END.length))
      if ((await text.line()) !== undefined || sha256 !== text.digest()) throw new Damaged()
      return { madeAt, migrations, rows, vaultKey }
    } else throw new Damaged()
  }
}

class Damaged extends Error {}
class NotOne extends Error {}

function parse<T>(schema: z.ZodType<T>, json: string): T {
  try {
    return schema.parse(JSON.parse(json))
  } catch {
    throw new Damaged()
  }
}

function explained(cause: unknown, path: string): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (cause instanceof KeytillError) return cause
  if (code === 'ENOENT' || code === 'EISDIR')
    return new KeytillError('backup.no_file', `There is no file ${path}.`, { cause })
  // zlib says so of a file that does not even begin as gzip does.
  const isForeign = cause instanceof NotOne || (cause instanceof Error && cause.message === 'incorrect header check')
  if (isForeign) return new KeytillError('backup.not_one', `${path} is not a backup of keytill.`, { cause })
  if (cause instanceof Damaged || code.startsWith('Z_'))
    return new KeytillError('backup.damaged', `The backup ${path} is damaged or cut off. Take another one.`, { cause })
  return cause
}

/** Lines and rows out of a stream of bytes, hashed as they are taken. */
class Text {
  private readonly chunks: AsyncIterator<Buffer>
  private readonly hash = createHash('sha256')
  private rest: Buffer = Buffer.alloc(0)

  constructor(stream: AsyncIterable<Buffer>) {
    this.chunks = stream[Symbol.asyncIterator]()
  }

  /** The next line without its end; undefined after the last. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const at = this.rest.indexOf('\n')
      if (at >= 0) {
        const line = this.rest.toString('utf8', 0, at)
        this.take(at + 1, !line.startsWith(END))
        return line
      }
      if (await this.more()) continue
      if (this.rest.length > 0) throw new Damaged()
      return undefined
    }
  }

  /** What stands before the next line that is `\.`, and takes that line too. In the text of a row a backslash is doubled. */
  async *rows(): AsyncGenerator<Buffer> {
    while (this.rest.length < ROWS_END.length) await this.need()
    if (this.rest.toString('latin1', 0, ROWS_END.length) === ROWS_END) {
      this.take(ROWS_END.length)
      return
    }
    for (;;) {
      const at = this.rest.indexOf(`\n${ROWS_END}`)
      if (at >= 0) {
        yield this.take(at + 1)
        this.take(ROWS_END.length)
        return
      }
      // The end may have come in part.
      if (this.rest.length > ROWS_END.length) yield this.take(this.rest.length - ROWS_END.length)
      await this.need()
    }
  }

  /** The hash of all that was taken before the last line. */
  digest(): string {
    return this.hash.digest('hex')
  }

  private take(length: number, isHashed = true): Buffer {
    const taken = this.rest.subarray(0, length)
    if (isHashed) this.hash.update(taken)
    this.rest = this.rest.subarray(length)
    return taken
  }

  private async need(): Promise<void> {
    if (!(await this.more())) throw new Damaged()
  }

  private async more(): Promise<boolean> {
    const { done, value } = await this.chunks.next()
    if (done) return false
    this.rest = this.rest.length === 0 ? value : Buffer.concat([this.rest, value])
    return true
  }
}
