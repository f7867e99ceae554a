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

/** A parameter of type `bytea[]` as the protocol carries it: several times as fast as its text, and as a parameter for each. */
export function byteaArray(values: readonly Buffer[]): Buffer {
  const array = Buffer.allocUnsafe(20 + values.reduce((sum, { length }) => sum + 4 + length, 0))
  // One dimension, nothing in it is null; how many, counted from 1.
  let at = 0
  for (const word of [1, 0, BYTEA, values.length, 1]) at = array.writeInt32BE(word, at)
  for (const value of values) {
    at = array.writeInt32BE(value.length, at)
    at += value.copy(array, at)
  }
  return array
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
