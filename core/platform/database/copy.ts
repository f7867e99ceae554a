import { once } from 'node:events'
import { Readable } from 'node:stream'
import pg from 'pg'

/**
 * What a connection of pg can do for COPY beyond what its types tell. pg calls the handlers below on the query under way;
 * the package pg-copy-streams, by pg's author, stands on the same ones.
 */
interface CopyConnection {
  readonly stream: pg.Connection['stream']
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(reason: string): void
}

/** Rows are passed on in blocks of this many bytes: one by one they would cost more than all the rest. */
const BLOCK = 128 * 1024

class CopyOutQuery extends pg.Query {
  private readonly push: (block: Buffer) => boolean
  private connection: CopyConnection | undefined
  private block = Buffer.allocUnsafe(BLOCK)
  private used = 0

  constructor(text: string, push: (block: Buffer) => boolean) {
    super(text)
    this.push = push
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }, connection: CopyConnection): void {
    this.connection = connection
    if (this.used + chunk.length > this.block.length) this.flush()
    if (chunk.length > this.block.length) {
      // A copy, because pg writes over the memory that it lends.
      this.pass(Buffer.from(chunk))
      return
    }
    chunk.copy(this.block, this.used)
    this.used += chunk.length
  }

  flush(): void {
    if (this.used === 0) return
    const full = this.block.subarray(0, this.used)
    this.block = Buffer.allocUnsafe(BLOCK)
    this.used = 0
    this.pass(full)
  }

  resume(): void {
    this.connection?.stream.resume()
  }

  private pass(block: Buffer): void {
    if (!this.push(block)) this.connection?.stream.pause()
  }
}

export interface CopiedOut {
  /** the rows in PostgreSQL's text format, one a line; memory stays flat however slowly they are read */
  readonly rows: Readable
  /** how many there were, once all were read */
  count(): number
}

/** Runs a `COPY … TO STDOUT`. Whoever does not read to the end has to end the client too. */
export function copyOut(client: pg.ClientBase, text: string): CopiedOut {
  let count = 0
  const query = new CopyOutQuery(text, (block) => rows.push(block))
  const rows = new Readable({ highWaterMark: 4 * BLOCK, read: () => query.resume() })
  query.on('error', (error: Error) => rows.destroy(error))
  query.on('end', (result: pg.QueryResult) => {
    if (rows.destroyed) return
    count = result.rowCount ?? 0
    query.flush()
    rows.push(null)
    // The stream asks for no more, and the connection has other work to do.
    query.resume()
  })
  client.query(query)
  return { rows, count: () => count }
}

class CopyInQuery extends pg.Query {
  private readonly source: AsyncIterable<Buffer>
  private readonly ended = new AbortController()
  /** why the source could not be read to its end */
  problem: unknown

  constructor(text: string, source: AsyncIterable<Buffer>) {
    super(text)
    this.source = source
  }

  handleCopyInResponse(connection: CopyConnection): void {
    const { signal } = this.ended
    const send = async () => {
      for await (const chunk of this.source) {
        if (signal.aborted) return
        connection.sendCopyFromChunk(chunk)
        if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain', { signal })
      }
      connection.endCopyFrom()
    }
    send().catch((error: unknown) => {
      if (signal.aborted) return
      this.problem = error
      connection.sendCopyFail('the rows ended early')
    })
  }

  /** Nothing more is to be sent. */
  end(): void {
    this.ended.abort()
  }
}

/** Runs a `COPY … FROM STDIN` with rows in PostgreSQL's text format. Returns how many there were. Throws what the source throws. */
export async function copyIn(client: pg.ClientBase, text: string, source: AsyncIterable<Buffer>): Promise<number> {
  const query = new CopyInQuery(text, source)
  try {
    return await new Promise<number>((resolve, reject) => {
      query.on('error', reject)
      query.on('end', (result: pg.QueryResult) => resolve(result.rowCount ?? 0))
      client.query(query)
    })
  } catch (error) {
    throw query.problem ?? error
  } finally {
    query.end()
  }
}
