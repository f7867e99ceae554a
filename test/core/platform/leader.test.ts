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
