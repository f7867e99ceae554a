/**
 * `npm run generate`: writes the Prisma client of `prisma/schema.prisma` to `prisma/client`. The client is committed, so
 * that a fresh clone starts without this step; with `--check` it only fails when the client is not that of the schema.
 *
 * Prisma's CLI wants to download a schema engine that generating never runs; naming any existing file as that engine
 * keeps it from asking the network.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

/** The generated client carries the schema it was made from as one JSON string. */
function isCurrent(): boolean {
  const [, embedded] = /"inlineSchema": ("(?:[^"\\]|\\.)*")/.exec(read('prisma/client/internal/class.ts')) ?? []
  return embedded !== undefined && JSON.parse(embedded) === read('prisma/schema.prisma')
}

if (process.argv.includes('--check')) {
  if (!isCurrent()) {
    console.error('prisma/client is not that of prisma/schema.prisma: npm run generate')
    process.exitCode = 1
  }
} else {
  const prisma = fileURLToPath(import.meta.resolve('prisma/build/index.js'))
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' }
  const { status } = spawnSync(process.execPath, [prisma, 'generate', '--no-hints'], { stdio: 'inherit', env })
  process.exitCode = status ?? 1
}
