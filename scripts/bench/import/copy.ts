import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { copyIn, copyOut } from '../../../core/platform/database/copy.ts'

/** What an import writes for each key. */
const TABLES = ['card_key', 'stock'] as const
/** What an import makes sure of once for each chunk, as the schema would for each row. */
const FOREIGN_KEYS = {
  card_key: ['FOREIGN KEY (product_id) REFERENCES product', 'FOREIGN KEY (batch_id) REFERENCES batch'],
  stock: ['FOREIGN KEY (product_id) REFERENCES product', 'FOREIGN KEY (card_id) REFERENCES copied_card_key'],
}
const BLOCK = 256 * 1024

const fileOf = (folder: string, table: string) => join(folder, `${table}.copy`)

/** Writes the rows that an import has made to files in a folder, as COPY reads them. */
export async function exportRows(client: pg.ClientBase, folder: string): Promise<void> {
  for (const table of TABLES) {
    const text = `COPY (SELECT * FROM ${table} ORDER BY ${table === 'stock' ? 'card_id' : 'id'}) TO STDOUT`
    await pipeline(copyOut(client, text).rows, createWriteStream(fileOf(folder, table)))
  }
}

/**
 * Seconds that COPY takes for these rows, into empty tables of the same shape and indexes as the shop's, with or without
 * foreign keys. Each table is a transaction.
 */
export async function copyRows(client: pg.ClientBase, folder: string, isChecked: boolean): Promise<number> {
  for (const table of TABLES) {
    await client.query(`DROP TABLE IF EXISTS copied_${table} CASCADE`)
    await client.query(`CREATE TABLE copied_${table} (LIKE ${table} INCLUDING ALL)`)
    for (const key of isChecked ? FOREIGN_KEYS[table] : []) await client.query(`ALTER TABLE copied_${table} ADD ${key}`)
  }
  await client.query('CHECKPOINT')
  const started = performance.now()
  for (const table of TABLES) {
    const rows = createReadStream(fileOf(folder, table), { highWaterMark: BLOCK })
    await copyIn(client, `COPY copied_${table} FROM STDIN`, rows)
  }
  return (performance.now() - started) / 1000
}
