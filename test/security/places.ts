import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'

/** Something that was written down, to be searched. */
export interface Place {
  readonly name: string
  readonly bytes: Buffer
}

/** Every table of every schema, the system's included: each row as PostgreSQL writes it, and each bytea as it is. */
export async function tablesOf(client: pg.Client): Promise<Place[]> {
  const { rows: tables } = await client.query<{ name: string; kind: string; bytea: string[] }>(`
    SELECT c.oid::regclass::text AS name, c.relkind AS kind,
      coalesce((SELECT array_agg(quote_ident(a.attname)) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.atttypid = 'bytea'::regtype AND a.attnum > 0 AND NOT a.attisdropped), '{}') AS bytea
    FROM pg_class c WHERE c.relkind IN ('r', 'm', 't') ORDER BY 1`)
  const places: Place[] = []
  for (const { name, kind, bytea } of tables) {
    const { rows } = await client.query<unknown[]>({
      // What was moved out of a row has no row type of its own.
      text: `SELECT ${[...(kind === 't' ? [] : ['t::text']), ...bytea].join(', ')} FROM ${name} AS t`,
      rowMode: 'array',
    })
    const cells = rows.flat().flatMap((cell) => (Buffer.isBuffer(cell) ? [cell] : [Buffer.from(String(cell))]))
    places.push({ name: `table ${name}`, bytes: Buffer.concat(cells.flatMap((cell) => [cell, Buffer.from('\n')])) })
  }
  return places
}

/** Every file under a folder, as it is: data, write-ahead log, server log. */
export function filesUnder(folder: string): Place[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ name: path.slice(folder.length + 1), bytes: readFileSync(path) }))
}
