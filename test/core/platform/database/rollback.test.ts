import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { appliedMigrations, FOLDER, knownMigrations, migrate } from '../../../../core/platform/database/migrate.ts'
import { newestMigration, rollBack } from '../../../../core/platform/database/rollback.ts'
import { openEmptyDatabase } from '../../../stand/database.ts'
import { schemaOf } from '../../../stand/schema.ts'

let client: pg.Client
let connect: (name: string) => Promise<pg.Client>
beforeEach(async () => {
  const connection = await openEmptyDatabase()
  connect = async (application_name) => {
    const opened = new pg.Client({ ...connection, application_name })
    await opened.connect()
    onTestFinished(() => opened.end().catch(() => {}))
    return opened
  }
  client = await connect('test')
})

const schema = () => schemaOf(client)

const all = knownMigrations()
const withWayBack = all.filter((name) => existsSync(join(FOLDER, name, 'down.sql')))

it('there is a way back from some migration', () => {
  expect(withWayBack).toContain('20261122043524_ticket_message_event')
})

it.each(withWayBack)('%s is taken back to the schema before it, and can be applied again', async (name) => {
  const before = all.slice(0, all.indexOf(name))
  await migrate(client, { known: before })
  const was = await schema()
  const upTo = [...before, name]
  await migrate(client, { known: upTo })
  const became = await schema()
  expect(became).not.toEqual(was)
  await rollBack(client, name, true)
  expect(await schema()).toEqual(was)
  expect(await appliedMigrations(client)).toEqual(before)
  expect(await migrate(client, { known: upTo })).toEqual([name])
  expect(await schema()).toEqual(became)
})

describe('the newest migration', () => {
  let folder: string
  const add = async (name: string, up: string, down?: string) => {
    await mkdir(join(folder, name))
    await writeFile(join(folder, name, 'migration.sql'), `-- Why ${name}.\n\n${up}`)
    if (down !== undefined) await writeFile(join(folder, name, 'down.sql'), down)
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keytill-migrations-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await add('1_one', 'CREATE TABLE t (a int)')
    await add('2_two', 'CREATE INDEX i ON t (a)', '-- Loses: nothing\n\nDROP INDEX i;')
    await add('3_three', 'ALTER TABLE t ADD COLUMN b int', '-- Loses: every b.\n\nALTER TABLE t DROP COLUMN b;')
    await migrate(client, { folder })
  })

  it('says why it was made and what would be lost, and is taken back only by its name and with consent', async () => {
    expect(await newestMigration(client, folder)).toMatchObject({
      name: '3_three',
      why: 'Why 3_three.',
      loses: 'every b.',
    })
    await expect(rollBack(client, '2_two', true, folder)).rejects.toMatchObject({ code: 'rollback.not_newest' })
    await expect(rollBack(client, '3_three', false, folder)).rejects.toMatchObject({ code: 'rollback.loses_data' })
    expect(await appliedMigrations(client)).toHaveLength(3)
    await rollBack(client, '3_three', true, folder)
    await rollBack(client, '2_two', false, folder)
    expect(await appliedMigrations(client)).toEqual(['1_one'])
  })

  it('stays when there is no way back, or the way back fails', async () => {
    await add('4_four', 'SELECT 1')
    await migrate(client, { folder })
    await expect(newestMigration(client, folder)).rejects.toMatchObject({ code: 'rollback.no_way' })
    await writeFile(join(folder, '4_four', 'down.sql'), '-- Loses: nothing\nDROP TABLE t; SELECT 1/0;')
    await expect(rollBack(client, '4_four', false, folder)).rejects.toThrow('division by zero')
    expect((await client.query('SELECT * FROM t')).rows).toEqual([])
    expect(await appliedMigrations(client)).toContain('4_four')
  })

  it('is not taken from a running shop', async () => {
    const shop = await connect('keytill')
    await expect(rollBack(client, '3_three', true, folder)).rejects.toMatchObject({ code: 'rollback.in_use' })
    await shop.end()
    await expect.poll(() => rollBack(client, '3_three', true, folder).then(() => 'done', String)).toBe('done')
  })
})

it('is not there in an empty database', async () => {
  await expect(newestMigration(client)).rejects.toMatchObject({ code: 'rollback.none' })
})
