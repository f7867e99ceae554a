/**
 * `npm run migration -- <name> "<why>"`: writes the next migration, the difference between `prisma/schema.prisma` and
 * the copy kept beside the last migration; and beside it `down.sql`, the way back. Needs no database and downloads nothing.
 * Read the SQL before you commit it, and say in the first line of `down.sql` what that loses.
 * With `--check` it only fails when the schema has changed and no migration says so.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg'

const root = fileURLToPath(new URL('../', import.meta.url))
const migrations = `${root}prisma/migrations`

/** Two schemas are compared as texts, yet the engine first connects and looks around: it finds an empty place. */
const nothing = { columnNames: [], columnTypes: [], rows: [] }
const connect = async (): Promise<SqlDriverAdapter> => ({
  provider: 'postgres',
  adapterName: 'none',
  queryRaw: async () => nothing,
  executeRaw: async () => 0,
  executeScript: async () => {},
  startTransaction: () => Promise.reject(new Error('there is no database')),
  dispose: async () => {},
})
const noDatabase: SqlMigrationAwareDriverAdapterFactory = {
  provider: 'postgres',
  adapterName: 'none',
  connect,
  connectToShadowDb: connect,
}

/** The package is made for a bundler that imports .wasm; Node instantiates it by hand. */
async function loadEngine(): Promise<engine.SchemaEngine> {
  const folder = new URL('./', import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg'))
  const module = new WebAssembly.Module(readFileSync(new URL('schema_engine_bg.wasm', folder)))
  const instance = new WebAssembly.Instance(module, {
    './schema_engine_bg.js': engine as unknown as WebAssembly.ModuleImports,
  })
  engine.__wbg_set_wasm(instance.exports)
  ;(instance.exports.__wbindgen_start as () => void)()
  const adapter = bindMigrationAwareSqlAdapterFactory(noDatabase)
  return engine.SchemaEngine.new({ datamodels: undefined }, () => {}, adapter)
}

/** One for all questions: loaded a second time in one process, it panics. */
const differ = await loadEngine()

async function difference(from: string | undefined, to: string | undefined): Promise<string> {
  const target = (path: string, content: string | undefined): engine.DiffTarget =>
    content === undefined ? { tag: 'empty' } : { tag: 'schemaDatamodel', files: [{ path, content }] }
  const { stdout } = await differ.diff({
    from: target('from.prisma', from),
    to: target('to.prisma', to),
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  })
  return stdout ?? ''
}

/** What a script drops, for the first line of `down.sql`: a person has to say what that means. */
function losses(script: string): string {
  const dropped = script.match(/DROP (?:TABLE|COLUMN) +"[^"]+"/g) ?? []
  return dropped.length === 0
    ? 'nothing'
    : `what is in ${dropped.map((drop) => drop.replace(/^DROP /, '')).join(', ')}.`
}

const folders = readdirSync(migrations, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort()
const last = folders.at(-1)
const schema = readFileSync(`${root}prisma/schema.prisma`, 'utf8')
const before = last === undefined ? undefined : readFileSync(`${migrations}/${last}/schema.prisma`, 'utf8')
const sql = await difference(before, schema)
const changed = !sql.includes('-- This is an empty migration.')
const [name, why] = process.argv.slice(2)

if (name === '--check') {
  if (changed) {
    console.error('prisma/schema.prisma has changed since the last migration: npm run migration -- <name> "<why>"')
    process.exitCode = 1
  }
} else if (!name || !/^[a-z0-9_]+$/.test(name) || !why) {
  console.error('usage: npm run migration -- <name_in_snake_case> "<why, in one line>"')
  process.exitCode = 2
} else if (!changed) {
  console.error('Nothing to do: the schema is what the last migration left.')
} else {
  const folder = `${migrations}/${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}_${name}`
  mkdirSync(folder)
  writeFileSync(`${folder}/migration.sql`, `-- ${why}\n\n${sql}`)
  const back = await difference(schema, before)
  writeFileSync(`${folder}/down.sql`, `-- Loses: ${losses(back)}\n\n${back}`)
  writeFileSync(`${folder}/schema.prisma`, schema)
  console.log(`${folder}/migration.sql`)
}
