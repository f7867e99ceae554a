import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it, vi } from 'vitest'
import { startEmbedded } from '../../core/platform/database/embedded/server.ts'
import { openKeyring } from '../../core/vault/keyring.ts'
import { atEnd } from '../stand/closing.ts'
import { openShop, type Stand, type Stocked } from '../stand/shop.ts'
import { staffOf } from '../stand/staff.ts'

// Clusters are made and programs started.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 90_000 })

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

function start(settings: Record<string, string>, script: string, args: readonly string[]): ChildProcess {
  const { DATABASE_URL: _, MIGRATE_DATABASE_URL: __, KEYTILL_VAULT_KEY: ___, ...env } = process.env
  return spawn(process.execPath, ['--import', 'tsx', `scripts/${script}.ts`, ...args], {
    cwd: ROOT,
    env: { ...env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
async function run(settings: Record<string, string>, script: string, ...args: string[]) {
  const child = start(settings, script, args)
  let output = ''
  const keep = (data: Buffer) => {
    output += data
  }
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', keep)
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, output }
}
/** Runs a command and kills it in the midst of whatever it does then. */
async function killed(settings: Record<string, string>, after: number, ...args: string[]): Promise<void> {
  const child = start(settings, 'rotate-keys', args)
  const gone = once(child, 'close')
  await Promise.race([gone, setTimeout(after)])
  child.kill('SIGKILL')
  await gone
}

let folder: string
let dataDir: string
let shop: Stand
let product: Stocked
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keytill-rotate-'))
  // Run by root, the servers are another user: it has to be able to reach its own folders through this one.
  await chmod(folder, 0o711)
  atEnd(() => rm(folder, { recursive: true, force: true }))
  dataDir = join(folder, 'shop')
  const server = await startEmbedded({ dataDir, fast: true })
  atEnd(() => server.stop())
  shop = await openShop({ beside: { ...(await openShop()), connection: server.connection, dataDir } })
  await shop.work()
  product = await shop.product(5)
  for (let n = 0; n < 20; n++) await shop.product(1)
})
const rotate = (...args: string[]) => run({ KEYTILL_DATA: dataDir }, 'rotate-keys', ...args)
/** The shop is started again, and finds the key as it is now. */
async function restart(): Promise<void> {
  await shop.close()
  shop = await openShop({ beside: shop })
  await shop.work()
}

it('a key is changed from the shell while the shop runs, killed in every phase, and nothing is lost', async () => {
  const boss = await staffOf(shop, 'owner')
  await shop.shop.approvals.submit(boss, 'security', { change: { rotation: true } }, 'on')
  const order = await shop.bought(await shop.meet(), product.sku, 2)
  const backup = join(folder, 'before.gz')
  await run({ KEYTILL_DATA: dataDir }, 'backup', backup)

  await killed({ KEYTILL_DATA: dataDir }, 1500, '--add')
  const added = await rotate('--add')
  expect(added).toMatchObject({ status: 0, output: expect.stringMatching(/Version 2 .* (is made|is there already)/) })
  expect(openKeyring({ dataDir, createIfMissing: false }).keyring.versions.map(({ version }) => version)).toEqual([
    1, 2,
  ])
  expect(readdirSync(dataDir)).toContain('vault.key.before-2')
  expect(await rotate('--activate')).toMatchObject({
    status: 0,
    output: expect.stringContaining('waits for a second person'),
  })
  await expect(shop.shop.approvals.grant(boss, 1)).rejects.toMatchObject({ code: 'vault.not_everywhere' })
  expect((await rotate()).output).toMatch(
    /lacks version 2[\s\S]*Request #1[\s\S]*1 process runs, and it does not have version 2 yet/,
  )

  await restart()
  expect((await rotate()).output).toMatch(/every process that runs has version 2/)
  await shop.shop.approvals.grant(boss, 1)
  expect(await rotate('--retire')).toMatchObject({
    status: 1,
    output: expect.stringMatching(/still needed: \d+ batches/),
  })

  await killed({ KEYTILL_DATA: dataDir }, 1500, '--rewrap')
  expect(await rotate('--rewrap')).toMatchObject({ status: 0, output: expect.stringMatching(/sealed anew/) })
  expect(await shop.rows('SELECT id FROM batch WHERE key_version <> 2')).toEqual([])
  // A minute goes by, as far as the command can tell.
  await shop.rows(`UPDATE vault_version SET activated_at = activated_at - interval '1 minute' WHERE version = 2`)
  await expect.poll(async () => (await rotate()).output, { timeout: 30_000 }).toMatch(/--retire/)

  await killed({ KEYTILL_DATA: dataDir }, 1500, '--retire')
  const state = await rotate()
  if (state.output.includes('--retire')) expect(await rotate('--retire')).toMatchObject({ status: 0 })
  expect((await rotate()).output).toMatch(/vault\.key\.retired-1 lies beside[\s\S]*nothing has to be done/)
  expect(openKeyring({ dataDir, createIfMissing: false }).keyring.versions.map(({ version }) => version)).toEqual([2])
  expect(existsSync(join(dataDir, 'vault.key.before-2'))).toBe(false)

  await restart()
  const buyer = await shop.shop.customers.get(order.customerId)
  const shown = buyer && (await shop.shop.delivery.reveal(order, buyer, 'test'))
  expect(shown?.map(({ key }) => key.code)).toEqual(product.codes.slice(0, 2))
  const actions = await shop.rows<{ action: string }>(
    `SELECT DISTINCT action FROM audit_entry WHERE subject = 'shop:vault' ORDER BY 1`,
  )
  expect(actions.map(({ action }) => action)).toEqual([
    'vault.activated',
    'vault.retired',
    'vault.rewrapped',
    'vault.version_added',
  ])

  // An older backup needs the key of its time, and says so.
  const elsewhere = join(folder, 'elsewhere')
  await mkdir(elsewhere)
  copyFileSync(join(dataDir, 'vault.key'), join(elsewhere, 'vault.key'))
  await chmod(join(elsewhere, 'vault.key'), 0o600)
  const restored = await run({ KEYTILL_DATA: dataDir }, 'restore', backup, '--into', elsewhere)
  expect(restored).toMatchObject({
    status: 0,
    output: expect.stringMatching(/Before you start: .*lacks version 1.*retired/),
  })
  copyFileSync(join(dataDir, 'vault.key.retired-1'), join(elsewhere, 'vault.key'))
  const again = await run({ KEYTILL_DATA: elsewhere }, 'rotate-keys')
  expect(again).toMatchObject({ status: 0, output: expect.stringMatching(/Version 1 .* in use[\s\S]*holds 1, 2/) })
})

it('a key from the environment is left in a file, and never printed', async () => {
  const content = readFileSync(join(dataDir, 'vault.key'))
  const settings = { KEYTILL_DATA: dataDir, KEYTILL_VAULT_KEY: content.toString('base64') }
  const { status, output } = await run(settings, 'rotate-keys', '--add')
  expect({ status, output }).toMatchObject({
    status: 0,
    output: expect.stringMatching(/Set KEYTILL_VAULT_KEY to the content of .*vault\.key\.next/),
  })
  const next = readFileSync(join(dataDir, 'vault.key.next'), 'utf8').trim()
  for (const { privateKey } of JSON.parse(Buffer.from(next, 'base64').toString()).keys)
    expect(output).not.toContain(privateKey)
  expect(output).not.toContain(next.slice(0, 40))
})

it('says what it can do, and touches no place where no shop is', async () => {
  expect((await rotate('--help')).output).toContain('usage: npm run rotate-keys')
  expect(await rotate('--add', '--retire')).toMatchObject({ status: 2 })
  const empty = join(folder, 'empty')
  await mkdir(empty)
  expect(await run({ KEYTILL_DATA: empty }, 'rotate-keys')).toMatchObject({
    status: 1,
    output: expect.stringContaining('no vault key'),
  })
  expect(readdirSync(empty)).toEqual([])
})
