/**
 * `npm run generate`: writes the Prisma client of `prisma/schema.prisma` to `prisma/client`.
 *
 * Prisma's CLI wants to download a schema engine that generating never runs; naming any existing file as that engine
 * keeps it from asking the network.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const prisma = fileURLToPath(import.meta.resolve('prisma/build/index.js'))
const { status } = spawnSync(process.execPath, [prisma, 'generate', '--no-hints'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  },
})
process.exitCode = status ?? 1
