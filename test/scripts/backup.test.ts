import { spawn } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it, vi } from 'vitest'
import { readAuditPublicKey } from '../../core/audit/key.ts'
import { verifyAudit } from '../../core/audit/verify.ts'
import { openDatabase } from '../../core/platform/database/database.ts'
import { startEmbedded } from '../../core/platform/database/embedded/server.ts'
import { silentLog } from '../../core/platform/log.ts'
import { atEnd } from '../stand/closing.ts'
import { openShop, type Stand } from '../stand/shop.ts'

// Clusters are made and programs started.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Runs a command as `npm run` does, on the shop in a data folder. */
function run(dataDir: string, script: string, ...args: string[]): Promise<{ status: number | null; output: string }> {
  const { DATABASE_URL: _, MIGRATE_DATABASE_URL: __, KEYTILL_VAULT_KEY: ___, ...env } = process.env
  const child = spawn(process.execPath, ['--import', 'tsx', `scripts/${script}.ts`, ...args], {
    cwd: ROOT,
    env: { ...env, KEYTILL_DATA: dataDir },
  })
  let output = ''
  const keep = (data: Buffer) => {
    output += data
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, output }))
  })
}

let folder: string
/** A shop on an embedded database, which goes on all the time. */
let shop: Stand
let dataDir: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keytill-scripts-'))
  // Run by root, the servers are another user: it has to be able to reach its own folders through this one.
  await chmod(folder, 0o711)
  atEnd(() => rm(folder, { recursive: true, force: true }))
  dataDir = join(folder, 'shop')
  shop = await openOn(dataDir)
  await shop.work()
})

/** The shop in a data folder, with the clock and the provider of the first one. */
async function openOn(dataDir: string): Promise<Stand> {
  const server = await startEmbedded({ dataDir, fast: true })
  atEnd(() => server.stop())
  return openShop({ beside: { ...(shop ?? (await openShop())), connection: server.connection, dataDir } })
}

it('a shop is backed up while it runs, and goes on from the backup elsewhere', async () => {
  const product = await shop.product(3)
  const buyer = await shop.meet()
  const order = await shop.bought(buyer, product.sku, 2)
  await expect.poll(async () => (await shop.shop.audit.lag()).rows).toBe(0)
  const backups = join(folder, 'backups')
  await mkdir(backups)

  const made = await run(dataDir, 'backup', backups, '--with-vault-key')
  expect(made).toMatchObject({ status: 0, output: expect.stringContaining('whoever has this file can read every key') })
  const [name = ''] = await readdir(backups)
  expect(name).toMatch(/^keytill-\d{8}T\d{6}Z\.backup\.gz$/)
  const path = join(backups, name)

  const copyDir = join(folder, 'copy')
  const restored = await run(folder, 'restore', path, '--into', copyDir)
  expect(restored).toMatchObject({ status: 0, output: expect.stringMatching(/^Restored \d+ rows/) })
  expect(restored.output).not.toContain('Before you start')
  expect((await stat(join(copyDir, 'vault.key'))).mode & 0o777).toBe(0o600)

  const copy = await openOn(copyDir)
  await copy.work()
  const shown = await copy.shop.delivery.reveal(await copy.again(order), buyer, 'test')
  expect(shown.map(({ key }) => key.code)).toEqual(product.codes.slice(0, 2))
  expect((await copy.bought(buyer, product.sku)).state).toBe('delivered')

  await expect.poll(async () => (await copy.shop.audit.lag()).rows).toBe(0)
  const log = openDatabase(copy.connection, silentLog)
  atEnd(() => log.close())
  const keys = [dataDir, copyDir].map((dir) => readAuditPublicKey(dir) ?? '')
  expect((await verifyAudit(log, { now: copy.clock(), keys, roots: [], hashes: [] })).findings).toEqual([])

  const again = await run(folder, 'restore', path, '--into', copyDir)
  expect(again).toMatchObject({ status: 1, output: expect.stringContaining('something in this database already') })
})

it('without the vault key both say that it is kept apart', async () => {
  const path = join(folder, 'apart')
  const made = await run(dataDir, 'backup', path)
  expect(made).toMatchObject({ status: 0, output: expect.stringContaining('The vault key is not in it') })
  const other = join(folder, 'other')
  const restored = await run(folder, 'restore', path, '--into', other)
  expect(restored).toMatchObject({
    status: 0,
    output: expect.stringContaining(`There is no vault key: put it back at ${other}`),
  })
  await cp(join(dataDir, 'vault.key'), join(other, 'vault.key'))
  await openOn(other)
})

it('where no shop has been nothing is made', async () => {
  const nowhere = join(folder, 'nowhere')
  const asked = await run(nowhere, 'backup', join(folder, 'nothing'))
  expect(asked).toMatchObject({ status: 1, output: expect.stringContaining(`There is no shop in ${nowhere}`) })
  expect(await readdir(folder)).not.toContain('nowhere')
  const restored = await run(nowhere, 'restore', join(folder, 'no such backup'))
  expect(restored).toMatchObject({ status: 1, output: expect.stringContaining('There is no file') })
  expect(await readdir(folder)).not.toContain('nowhere')
})
