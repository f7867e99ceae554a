import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { openShop } from '../../stand/shop.ts'
import { type LogStand, openLog, temporaryFolder } from './stand.ts'

/** The address of the test's database. */
function addressOf({ connection }: LogStand): string {
  if ('connectionString' in connection) return connection.connectionString
  const { user, database, host, port } = connection
  return `postgres://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
}

/** Runs `npm run verify-audit` as an operator would. */
async function verify(log: LogStand, dataDir: string, ...options: string[]): Promise<{ code: number; out: string }> {
  const run = promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/verify-audit.ts', ...options], {
    env: { PATH: process.env.PATH, DATABASE_URL: addressOf(log), KEYTILL_DATA: dataDir },
  })
  return run.then(
    ({ stdout }) => ({ code: 0, out: stdout }),
    ({ code, stdout, stderr }) => ({ code, out: stdout + stderr }),
  )
}

it('tells in a few lines that nothing was changed, or what was', { timeout: 60_000 }, async () => {
  const stand = await openShop({ secluded: true })
  const order = await stand.bought(await stand.meet(), (await stand.product(1)).sku)
  await stand.work()
  const beside = await openShop({ beside: stand })
  await stand.close()
  const log = await openLog({ connection: stand.connection })
  await log.sealAll(stand.dataDir)
  const receipt = join(await temporaryFolder(), 'receipt.json')
  await writeFile(receipt, JSON.stringify(await beside.shop.audit.receipt(order.no)))

  const fine = await verify(log, stand.dataDir, '--receipt', receipt)
  expect(fine).toMatchObject({ code: 0, out: expect.stringContaining('Nothing was changed.') })
  expect(fine.out).toContain('1 receipts were compared.')
  const [, hash = ''] = /Newest seal \d+: ([0-9a-f]{64})/.exec(fine.out) ?? []

  // Somewhere else there is no key to trust, but the root from the chat.
  const elsewhere = await temporaryFolder()
  expect(await verify(log, elsewhere)).toMatchObject({
    code: 1,
    out: expect.stringContaining('an unknown key has signed'),
  })
  expect(await verify(log, elsewhere, '--root', hash.toUpperCase())).toMatchObject({ code: 0 })

  await log.run(`UPDATE audit_entry SET actor = 'x' WHERE action = 'order.placed'`)
  const changed = await verify(log, stand.dataDir)
  expect(changed.code).toBe(1)
  expect(changed.out).toMatch(new RegExp(`Row \\d+ \\(order:${order.no}\\) was changed\\. Seal 1\\.`))
  const json = await verify(log, stand.dataDir, '--json')
  expect(JSON.parse(json.out)).toMatchObject({
    ok: false,
    findings: [{ kind: 'row_changed', subject: `order:${order.no}` }],
  })
})
