import { beforeAll, expect, it, vi } from 'vitest'
import { type Database, openDatabase } from '../../../core/platform/database/database.ts'
import { statement } from '../../../core/platform/database/sql.ts'
import { alone, lockOf, tryToLead } from '../../../core/platform/leader.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { atEnd } from '../../stand/closing.ts'
import { openOwnDatabase } from '../../stand/database.ts'

let one: Database
let other: Database
beforeAll(async () => {
  const connection = await openOwnDatabase()
  one = openDatabase(connection, silentLog)
  other = openDatabase(connection, silentLog)
  atEnd(() => one.close())
  atEnd(() => other.close())
})

const PID = statement('test-pid', 'SELECT pg_backend_pid() AS pid')
const END = statement('test-end', 'SELECT pg_terminate_backend($1)')

it('has one leader of a name, and another once that one resigns', async () => {
  const leader = await tryToLead(one, lockOf('a'))
  expect(leader?.over.aborted).toBe(false)
  expect(await tryToLead(other, lockOf('a'))).toBeUndefined()
  const beside = await tryToLead(other, lockOf('b'))
  expect(beside).toBeDefined()
  beside?.resign()
  leader?.resign()
  expect(leader?.over.aborted).toBe(true)
  const next = await vi.waitUntil(() => tryToLead(other, lockOf('a')))
  next.resign()
})

it('is over with its connection, for the leader as for the others', async () => {
  const leader = await tryToLead(one, lockOf('c'))
  const [row] = (await leader?.sql.rows<{ pid: number }>(PID)) ?? []
  await other.rows(END, [row?.pid])
  await vi.waitUntil(() => leader?.over.aborted)
  const next = await vi.waitUntil(() => tryToLead(other, lockOf('c')))
  await expect(leader?.sql.rows(PID)).rejects.toThrow()
  next.resign()
})

it('lets one after the other do what is done alone, also after one has failed', async () => {
  const order: string[] = []
  const work = (name: string) => async () => {
    order.push(`${name} begins`)
    await new Promise((resolve) => setTimeout(resolve, 20))
    order.push(`${name} ends`)
    if (name === '1') throw new Error('it went wrong')
  }
  const all = await Promise.allSettled(
    ['1', '2', '3'].map((name, n) => alone(n % 2 ? one : other, lockOf('d'), work(name))),
  )
  expect(all.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  for (let n = 0; n < 6; n += 2) expect(order[n]?.replace('begins', 'ends')).toBe(order[n + 1])
})

it('says so when the turn to do something alone does not come, and does nothing', async () => {
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  let begun = false
  const first = alone(one, lockOf('e'), async () => {
    begun = true
    await ended
  })
  await vi.waitUntil(() => begun)
  const work = vi.fn(async () => 'done')
  await expect(alone(other, lockOf('e'), work, 50)).rejects.toMatchObject({ code: 'platform.turn' })
  expect(work).not.toHaveBeenCalled()
  end()
  await first
  expect(await alone(other, lockOf('e'), work, 5000)).toBe('done')
})

it('has the server ask whether whoever does something alone is still there, before it has the lock', async () => {
  const asked: unknown[] = []
  // Over a unix socket, as here, the server takes the settings and does not show them.
  one.pool.once('acquire', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown
    client.query = ((...args: unknown[]) => {
      asked.push(args[0])
      return query(...args)
    }) as typeof client.query
  })
  await alone(one, lockOf('f'), async () => {})
  expect(asked).toEqual([
    expect.stringMatching(/tcp_keepalives_idle = 10;.*tcp_keepalives_count = 3/),
    expect.stringContaining('pg_advisory_lock'),
  ])
})
