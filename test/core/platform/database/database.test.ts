import { beforeAll, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '../../../../core/platform/database/database.ts'
import { statement } from '../../../../core/platform/database/sql.ts'
import { silentLog } from '../../../../core/platform/log.ts'
import { atEnd } from '../../../stand/closing.ts'
import { openOwnDatabase } from '../../../stand/database.ts'

let db: Database
beforeAll(async () => {
  db = openDatabase(await openOwnDatabase(), silentLog)
  atEnd(() => db.close())
})

const ADD = statement('test-add', 'INSERT INTO supplier (name) VALUES ($1) RETURNING id')
const names = async () =>
  (await db.rows<{ name: string }>(statement('test-names', 'SELECT name FROM supplier'))).map(({ name }) => name)

describe('a transaction', () => {
  it('is seen by nobody before it is whole', async () => {
    await db.transaction(async (sql) => {
      await sql.rows(ADD, ['committed'])
      expect(await names()).not.toContain('committed')
    })
    expect(await names()).toContain('committed')
  })

  it('leaves nothing when its work fails, and its connection can be used again', async () => {
    for (let n = 0; n < 30; n++) {
      const failing = db.transaction(async (sql) => {
        await sql.rows(ADD, ['rolled back'])
        throw new Error('changed my mind')
      })
      await expect(failing).rejects.toThrow('changed my mind')
    }
    expect(await names()).not.toContain('rolled back')
  })

  it('that lost its connection gives up that connection, not the pool', async () => {
    const broken = db.transaction((sql) =>
      sql.rows(statement('test-die', 'SELECT pg_terminate_backend(pg_backend_pid())')),
    )
    await expect(broken).rejects.toThrow(/terminat/)
    await db.transaction((sql) => sql.rows(ADD, ['after the loss']))
    expect(await names()).toContain('after the loss')
  })
})

it('reads large numbers, bytes, times and JSON as they are', async () => {
  const types = statement(
    'test-types',
    `SELECT $1::bigint AS large, $2::bytea AS bytes, $3::timestamptz AS at, $4::jsonb AS json, 5 AS small`,
  )
  const at = new Date('2026-06-01T08:00:00.123Z')
  const [row] = await db.rows(types, ['9223372036854775807', Buffer.from([0, 255]), at, '{"a":[1]}'])
  expect(row).toEqual({ large: 9223372036854775807n, bytes: Buffer.from([0, 255]), at, json: { a: [1] }, small: 5 })
})

it('reads times in UTC, by Prisma too, whatever zone the machine is in', async () => {
  const at = new Date('2026-12-31T23:30:00Z')
  await db.rows(statement('test-category', `INSERT INTO shop_setting (key, value, updated_at) VALUES ('t', '1', $1)`), [
    at,
  ])
  const row = await db.prisma.shopSetting.findUnique({ where: { key: 't' } })
  expect(row?.updatedAt).toEqual(at)
})
