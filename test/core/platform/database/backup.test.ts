import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import pg from 'pg'
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { writeBackup } from '../../../../core/platform/database/backup.ts'
import { type Connection, prepareDatabase } from '../../../../core/platform/database/database.ts'
import { appliedMigrations, knownMigrations, migrate } from '../../../../core/platform/database/migrate.ts'
import { restoreBackup, verifyBackup } from '../../../../core/platform/database/restore.ts'
import { migrateJobs } from '../../../../core/platform/jobs.ts'
import { openEmptyDatabase } from '../../../stand/database.ts'
import { schemaOf } from '../../../stand/schema.ts'
import { openShop, type Stand } from '../../../stand/shop.ts'
import { expectSound } from '../../sale/invariants.ts'

const now = new Date('2026-06-01T08:00:00Z')
const coded = (code: string, words = '') => expect.objectContaining({ code, message: expect.stringContaining(words) })

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keytill-backup-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
})

async function onClient<T>(connection: Connection, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...connection })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** A hash of the rows of each table that is worth a log, and where each sequence stands. */
const contentOf = (connection: Connection): Promise<Record<string, string>> =>
  onClient(connection, async (client) => {
    const { rows } = await client.query<{ name: string; columns: string }>(
      `SELECT table_name AS name, string_agg(quote_ident(column_name), ', ' ORDER BY column_name) AS columns FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'
         AND table_name NOT IN (SELECT relname FROM pg_class WHERE relpersistence = 'u') GROUP BY 1`,
    )
    const content: Record<string, string> = {}
    for (const { name, columns } of rows) {
      const hash = `SELECT md5(string_agg(r::text, chr(10) ORDER BY r::text)) AS hash FROM (SELECT ${columns} FROM ${name}) r`
      content[name] = (await client.query(hash)).rows[0].hash
    }
    const sequences = await client.query(
      `SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'`,
    )
    for (const { sequencename, last_value } of sequences.rows) content[sequencename] = last_value
    return content
  })

/** A backup in which one thing is another, as if it had been made so. */
function rewritten(text: string, from: string, to: string): Buffer {
  const end = text.indexOf('-- end ')
  const { rows } = JSON.parse(text.slice(end + '-- end '.length))
  const body = Buffer.from(
    text.slice(0, end).replace(from, () => to),
    'latin1',
  )
  const sha256 = createHash('sha256').update(body).digest('hex')
  return gzipSync(Buffer.concat([body, Buffer.from(`-- end ${JSON.stringify({ rows, sha256 })}\n`)]))
}

async function restored(path: string, into?: Connection): Promise<Connection> {
  const connection = into ?? (await openEmptyDatabase())
  await restoreBackup(connection, path, await verifyBackup(path))
  return connection
}

describe('of a shop with orders', () => {
  let stand: Stand
  let codes: readonly string[]
  let path: string
  beforeAll(async () => {
    stand = await openShop()
    const product = await stand.product(40, { description: 'a\tb\\.\nc', redeem: '\\.\n\\.' })
    codes = product.codes
    const buyer = await stand.meet({ id: '买家\\N' })
    await stand.shop.delivery.reveal(await stand.bought(buyer, product.sku, 3), buyer, 'test')
    const refunded = await stand.bought(buyer, product.sku)
    await stand.shop.sale.refund('staff', refunded.no, 'goodwill')
    await stand.order(buyer, product.sku)
  })
  beforeEach(async () => {
    path = join(folder, 'shop.backup.gz')
    await writeBackup(stand.connection, path, { now })
  })

  it('puts every row back as it was, and goes on counting where it was', async () => {
    const copy = await restored(path)
    const content = await contentOf(stand.connection)
    expect(await contentOf(copy)).toEqual(content)
    expect(Object.keys(content).length).toBeGreaterThan(30)
    expect(await onClient(copy, schemaOf)).toEqual(await onClient(stand.connection, schemaOf))
    const twin = await openShop({ beside: { ...stand, connection: copy } })
    await expectSound(twin)
    const product = await twin.product(1)
    await twin.bought(await twin.meet(), product.sku)
  })

  it('does what was still to be done: notices and refunds; what failed for good stays so', async () => {
    await onClient(stand.connection, async (client) => {
      const { rows } = await client.query(`SELECT (graphile_worker.add_job('notify', '{}', job_key := 'dead')).id`)
      await client.query(`SELECT graphile_worker.permanently_fail_jobs(ARRAY[$1::bigint], 'chat.gone')`, [rows[0].id])
    })
    path = join(folder, 'with a dead letter')
    await writeBackup(stand.connection, path, { now })
    const twin = await openShop({ beside: { ...stand, connection: await restored(path) } })
    await twin.work()
    await twin.told.notice((notice) => notice.kind === 'order' && notice.event === 'delivered')
    await expect.poll(() => twin.pay.returned.size, { timeout: 10_000 }).toBe(1)
    const dead = await twin.shop.deadLetters.list(0)
    expect(dead.items).toMatchObject([{ task: 'notify', error: 'chat.gone' }])
  })

  it('keeps to the schema: what that forbids cannot come in', async () => {
    const manifest = await verifyBackup(path)
    const text = gunzipSync(await readFile(path)).toString('latin1')
    const [line = ''] = /(?<=^COPY "stock" .*\n).*\n/m.exec(text) ?? []
    await writeFile(path, rewritten(text, line, `${line}${line}`))
    const connection = await openEmptyDatabase()
    await expect(restoreBackup(connection, path, manifest)).rejects.toThrow(/unique/)
    await writeFile(path, rewritten(text, line, ''))
    await expect(restoreBackup(connection, path, manifest)).rejects.toThrow(coded('restore.incomplete', 'stock'))
    const [unit = ''] = /(?<=^COPY "order_unit" .*\n).*\n/m.exec(text) ?? []
    await writeFile(path, rewritten(text, unit, unit.replace(/^(\d+\t)\d+/, '$14711')))
    await expect(restoreBackup(connection, path, manifest)).rejects.toThrow(/foreign key/)
    expect((await onClient(connection, (client) => client.query('SELECT FROM orders'))).rowCount).toBe(0)
  })

  it('says what it is, and holds no key that could be read', async () => {
    expect(await verifyBackup(path)).toMatchObject({
      madeAt: now.toISOString(),
      migrations: knownMigrations(),
      vaultKey: undefined,
      rows: { card_key: 40, customer: 1 },
    })
    const text = gunzipSync(await readFile(path))
    expect(text.includes('a\\tb\\\\.\\nc')).toBe(true)
    for (const code of codes) {
      expect(text.includes(code)).toBe(false)
      expect(text.includes(Buffer.from(code).toString('hex'))).toBe(false)
    }
    const { keys } = JSON.parse(await readFile(join(stand.dataDir, 'vault.key'), 'utf8'))
    expect(text.includes(keys[0].privateKey)).toBe(false)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('carries the vault key when it is given', async () => {
    await writeBackup(stand.connection, join(folder, 'with-key'), { now, vaultKey: 'line 1\nline 2\n' })
    expect(await verifyBackup(join(folder, 'with-key'))).toMatchObject({ vaultKey: 'line 1\nline 2\n' })
  })

  it('is never written over another file', async () => {
    await expect(writeBackup(stand.connection, path, { now })).rejects.toThrow(coded('backup.exists'))
    expect(await readdir(folder)).toEqual(['shop.backup.gz'])
  })

  it('leaves no file when it is given up or cannot be written', async () => {
    const giving = new AbortController()
    const onProgress = () => giving.abort()
    const given = writeBackup(stand.connection, join(folder, 'given up'), { now, onProgress, signal: giving.signal })
    await expect(given).rejects.toThrow(/abort/)
    await expect(writeBackup(stand.connection, join(folder, 'no', 'folder'), { now })).rejects.toThrow(
      coded('backup.not_written', 'ENOENT'),
    )
    expect(await readdir(folder)).toEqual(['shop.backup.gz'])
  })

  it('goes only into an empty database', async () => {
    const before = await contentOf(stand.connection)
    await expect(restored(path, stand.connection)).rejects.toThrow(coded('restore.not_empty'))
    expect(await contentOf(stand.connection)).toEqual(before)
    const foreign = await openEmptyDatabase()
    await onClient(foreign, (client) => client.query('CREATE TABLE theirs (a int)'))
    await expect(restored(path, foreign)).rejects.toThrow(coded('restore.not_empty'))
    const orphaned = await openEmptyDatabase()
    await prepareDatabase(orphaned)
    await onClient(orphaned, (client) => client.query(`SELECT graphile_worker.add_job('refund', '{"refundId":"1"}')`))
    await expect(restored(path, orphaned)).rejects.toThrow(coded('restore.not_empty'))
  })

  it('that comes in only in part leaves nothing, and can be restored again', async () => {
    const manifest = await verifyBackup(path)
    const cut = join(folder, 'cut')
    await writeFile(cut, (await readFile(path)).subarray(0, 5000))
    const connection = await openEmptyDatabase()
    await expect(restoreBackup(connection, cut, manifest)).rejects.toThrow(coded('backup.damaged'))
    await restored(path, connection)
    expect(await contentOf(connection)).toEqual(await contentOf(stand.connection))
  })

  describe('that is not whole', () => {
    it('because its end is missing', async () => {
      await truncate(path, (await stat(path)).size - 10)
      await expect(verifyBackup(path)).rejects.toThrow(coded('backup.damaged'))
    })

    it('because a byte of it has changed', async () => {
      const bytes = await readFile(path)
      for (const at of [2000, bytes.length >> 1, bytes.length - 6]) {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ 1
        await writeFile(path, changed)
        await expect(verifyBackup(path)).rejects.toThrow(coded('backup.damaged'))
      }
    })

    it('because somebody has edited it', async () => {
      const text = gunzipSync(await readFile(path)).toString('latin1')
      for (const edited of [
        text.replace('CNY', 'USD'),
        text.replace('COPY "batch"', 'DROP TABLE orders;\nCOPY "batch"'),
        text.slice(0, text.indexOf('-- end ')),
        `${text}more\n`,
      ]) {
        await writeFile(path, gzipSync(Buffer.from(edited, 'latin1')))
        await expect(verifyBackup(path)).rejects.toThrow(coded('backup.damaged'))
      }
    })
  })

  it('made by a newer version is for that version', async () => {
    const text = gunzipSync(await readFile(path)).toString('latin1')
    await writeFile(path, rewritten(text, '"format":1', '"format":2'))
    await expect(verifyBackup(path)).rejects.toThrow(coded('backup.format_newer'))
    await writeFile(path, rewritten(text, knownMigrations().at(-1) ?? '', '99990101000000_later'))
    await expect(verifyBackup(path)).rejects.toThrow(coded('backup.newer', '99990101000000_later'))
  })
})

it('says that other files are no backups', async () => {
  const path = join(folder, 'other')
  await expect(verifyBackup(path)).rejects.toThrow(coded('backup.no_file'))
  await expect(verifyBackup(folder)).rejects.toThrow(coded('backup.no_file'))
  for (const content of [Buffer.from('key,password\n'), gzipSync('SELECT 1;\n'), gzipSync('')]) {
    await writeFile(path, content)
    await expect(verifyBackup(path)).rejects.toThrow(coded('backup.not_one'))
  }
})

it('refuses to make one of a database without a shop', async () => {
  const path = join(folder, 'nothing')
  await expect(writeBackup(await openEmptyDatabase(), path, { now })).rejects.toThrow(coded('backup.no_shop'))
})

it('made while orders run is one moment of the shop', async () => {
  const stand = await openShop()
  const product = await stand.product(400)
  const buyers = await Promise.all(Array.from({ length: 8 }, () => stand.meet()))
  let isOver = false
  const sold: string[] = []
  const buy = async (buyer: (typeof buyers)[number]) => {
    while (!isOver && sold.length < 380) sold.push((await stand.bought(buyer, product.sku)).no)
  }
  const running = Promise.all(buyers.map(buy))
  await expect.poll(() => sold.length).toBeGreaterThan(20)
  const path = join(folder, 'moment')
  const { rows } = await writeBackup(stand.connection, path, { now })
  isOver = true
  await running
  expect(rows.orders).toBeGreaterThan(20)
  expect(rows.orders).toBeLessThan(400)
  const twin = await openShop({ beside: { ...stand, connection: await restored(path) } })
  // What was paid and not yet settled at that moment is taken up, as after a crash.
  await twin.shop.payments.recover()
  await expectSound(twin)
})

it('of an older schema comes back as that schema, and the next start brings it up to date', async () => {
  const [first = '', ...later] = knownMigrations()
  const old = await openEmptyDatabase()
  await onClient(old, async (client) => {
    await migrate(client, { known: [first] })
    await client.query(`INSERT INTO supplier (name) VALUES ('Old & sons')`)
  })
  const pool = new pg.Pool({ ...old })
  await migrateJobs(pool)
  await pool.end()
  const path = join(folder, 'old')
  await writeBackup(old, path, { now })
  const copy = await restored(path)
  expect(await onClient(copy, appliedMigrations)).toEqual([first])
  expect(await prepareDatabase(copy)).toEqual(later)
  const { rows } = await onClient(copy, (client) => client.query('SELECT id, name FROM supplier'))
  expect(rows).toEqual([{ id: 1, name: 'Old & sons' }])
})
