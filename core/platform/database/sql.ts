import type pg from 'pg'

/** A statement with a name is prepared once per connection: twice as fast from the second time on. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/** Something statements can be run on: the pool, or one transaction. */
export interface Sql {
  /** Runs a statement and returns its rows. Column `int8` comes back as bigint, `bytea` as Buffer, timestamps as Date. */
  rows<Row extends object>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>
}

/**
 * A query as one column: its rows as a JSON array, of objects with its columns. Many small questions in one statement cost one
 * round trip and one answer. What JSON has no number for (int8) has to be asked for as text, and a time comes as text.
 */
export const asRows = (query: string): string => `(SELECT coalesce(json_agg(r), '[]') FROM (${query}) AS r)`

const BYTEA = 17
const HEADER_BYTES = 20

/**
 * A parameter of type `bytea[]`, written as the protocol carries it: several times as fast as its text, and as a parameter for
 * each. What is added is copied.
 */
export class ByteaArray {
  private count = 0
  private used = HEADER_BYTES
  private bytes = Buffer.allocUnsafe(64 * 1024)

  add(value: Uint8Array): void {
    const end = this.used + 4 + value.length
    if (end > this.bytes.length) this.bytes = Buffer.concat([this.bytes], Math.max(end, 2 * this.bytes.length))
    this.bytes.set(value, this.bytes.writeInt32BE(value.length, this.used))
    this.used = end
    this.count += 1
  }

  /** To be used before anything is added again. */
  value(): Buffer {
    // One dimension, nothing in it is null, the type, how many there are, counted from 1.
    let at = 0
    for (const word of [1, 0, BYTEA, this.count, 1]) at = this.bytes.writeInt32BE(word, at)
    return this.bytes.subarray(0, this.used)
  }
}

/** Names a statement. */
export const statement = (name: string, text: string): Statement => ({ name, text })

export function sqlOn(client: pg.Pool | pg.PoolClient): Sql {
  return {
    async rows<Row extends object>({ name, text }: Statement, values: readonly unknown[] = []) {
      const result = await client.query<Row & pg.QueryResultRow>({ name, text, values: [...values] })
      return result.rows
    },
  }
}
