import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { beforeAll, expect, inject, it, onTestFinished } from 'vitest'
import { AUDIT_TABLES } from '../../../../core/audit/service.ts'
import { writeBackup } from '../../../../core/platform/database/backup.ts'
import { type Connection, prepareDatabase } from '../../../../core/platform/database/database.ts'
import { migrate } from '../../../../core/platform/database/migrate.ts'
import { grantRole, grantsFor, renewGrants } from '../../../../core/platform/database/roles.ts'
import { atEnd } from '../../../stand/closing.ts'
import { openEmptyDatabase } from '../../../stand/database.ts'
import { administer } from '../../../stand/server.ts'
import { openShop, type Stand } from '../../../stand/shop.ts'
import { expectSound } from '../../sale/invariants.ts'

/** A role of its own for this file, which nothing was given to. */
const ROLE = `keytill_app_${randomBytes(4).toString('hex')}`

let owner: Stand
/** the same shop, run by the lesser role */
let shop: Stand
beforeAll(async () => {
  const { connection } = inject('server')
  await administer(connection, `CREATE ROLE ${ROLE} LOGIN PASSWORD 'app'`)
  atEnd(() => administer(connection, `DROP ROLE ${ROLE}`))
  owner = await openShop()
  await as(owner.connection, (client) => grantRole(client, ROLE))
  shop = await openShop({ beside: { ...owner, connection: lesser(owner.connection) } })
})

function lesser(connection: Connection): Connection {
  if (!('connectionString' in connection)) return { ...connection, user: ROLE }
  const url = new URL(connection.connectionString)
  url.username = ROLE
  url.password = 'app'
  return { connectionString: url.href }
}

async function as<T>(connection: Connection, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...connection })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const asLesser = (sql: string) => as(lesser(owner.connection), (client) => client.query(sql))
const denied = { code: '42501' }

it('is enough to sell, deliver, refund, release and tell', async () => {
  const product = await shop.product(4)
  await shop.work()
  const buyer = await shop.meet()
  const order = await shop.bought(buyer, product.sku, 2)
  const shown = await shop.shop.delivery.reveal(order, buyer, 'test')
  expect(shown.map(({ key }) => key.code)).toEqual(product.codes.slice(0, 2))
  await shop.told.notice((notice) => notice.kind === 'order' && notice.event === 'delivered')
  await shop.shop.sale.refund('staff', order.no, 'goodwill')
  await expect.poll(() => shop.pay.returned.size, { timeout: 10_000 }).toBe(1)
  await expect.poll(async () => (await shop.again(order)).state).toBe('refunded')
  const other = await shop.order(buyer, product.sku)
  expect(await shop.shop.sale.cancel(other.no, buyer.id)).toBe(true)
  await expect.poll(async () => (await shop.shop.audit.lag()).rows).toBe(0)
  await expectSound(shop)
})

it('is enough to make a backup, and without it none is made that lacks something', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keytill-roles-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const back = (name: string, connection: Connection) =>
    writeBackup(connection, join(folder, name), { now: new Date() })
  expect((await back('lesser', lesser(owner.connection))).rows).toEqual((await back('owner', owner.connection)).rows)
  await as(owner.connection, (client) => client.query(`DROP POLICY ${ROLE} ON graphile_worker._private_jobs`))
  await expect(back('blind', lesser(owner.connection))).rejects.toMatchObject({ code: 'backup.blind' })
  await as(owner.connection, (client) => grantRole(client, ROLE))
  await as(owner.connection, (client) => client.query(`REVOKE ALL ON SEQUENCE orders_id_seq FROM ${ROLE}`))
  await expect(back('blind', lesser(owner.connection))).rejects.toMatchObject(denied)
  await as(owner.connection, (client) => grantRole(client, ROLE))
})

it('can add to the audit log, the ledger and the list of what was shown, and change nothing in them', async () => {
  const column = {
    audit_entry: 'data',
    audit_seal: 'size',
    ledger_transaction: 'ref',
    ledger_entry: 'amount',
    reveal: 'at',
  }
  expect(Object.keys(column)).toEqual(expect.arrayContaining([...AUDIT_TABLES]))
  for (const [table, name] of Object.entries(column)) {
    for (const sql of [`UPDATE ${table} SET ${name} = ${name}`, `DELETE FROM ${table}`, `TRUNCATE ${table} CASCADE`])
      await expect(asLesser(sql), sql).rejects.toMatchObject(denied)
    await asLesser(`SELECT ${name} FROM ${table}`)
  }
})

it('cannot choose the place of an audit entry', async () => {
  const entry = (columns: string, values: string) =>
    asLesser(
      `INSERT INTO audit_entry (${columns} at, actor, action, subject, data) VALUES (${values} now(), 'a', 'b', 'c', '{}')`,
    )
  await entry('', '')
  await expect(entry('id,', '1000000,')).rejects.toMatchObject(denied)
  await expect(entry('xact,', `'3',`)).rejects.toMatchObject(denied)
})

it('can change no table, no history of them, and delete no key', async () => {
  for (const sql of [
    'TRUNCATE orders CASCADE',
    'ALTER TABLE orders ADD COLUMN more int',
    'DROP TABLE stock',
    'DELETE FROM card_key',
    'DELETE FROM batch',
    'CREATE TABLE more (a int)',
    'DELETE FROM _prisma_migrations',
    'DELETE FROM graphile_worker.migrations',
    `CREATE TRIGGER t AFTER INSERT ON audit_entry EXECUTE FUNCTION pg_notify()`,
  ])
    await expect(asLesser(sql)).rejects.toMatchObject(denied)
})

it('is given what a migration adds', async () => {
  const readable = async () => (await asLesser('SELECT * FROM later')).rows
  await as(owner.connection, (client) => client.query('CREATE TABLE later (a int)'))
  await expect(readable()).rejects.toMatchObject(denied)
  await as(owner.connection, renewGrants)
  expect(await readable()).toEqual([])
})

it('cannot bring the schema up to date, and says who can', async () => {
  const connection = await openEmptyDatabase()
  await as(connection, (client) => migrate(client))
  await as(connection, (client) => client.query(`GRANT SELECT ON _prisma_migrations TO ${ROLE}`))
  await expect(prepareDatabase(lesser(connection))).rejects.toMatchObject({
    code: 'database.owner_needed',
    message: expect.stringContaining('MIGRATE_DATABASE_URL'),
  })
})

it('is for a role that is there and owns nothing', async () => {
  const asked = (connection: Connection, role: string) => as(connection, (client) => grantsFor(client, role))
  await expect(asked(owner.connection, 'no "such" role')).rejects.toMatchObject({ code: 'roles.unknown' })
  await expect(asked(owner.connection, await as(owner.connection, userOf))).rejects.toMatchObject({
    code: 'roles.owner',
  })
  await expect(asked(await openEmptyDatabase(), ROLE)).rejects.toMatchObject({ code: 'roles.no_shop' })
})

const userOf = async (client: pg.Client): Promise<string> =>
  (await client.query('SELECT current_user::text AS name')).rows[0].name
