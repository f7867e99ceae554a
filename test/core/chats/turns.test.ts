import { beforeAll, expect, it, vi } from 'vitest'
import type { Chats, Turn } from '../../../core/chats/service.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let a: Stand
let b: Stand
let next = 0
beforeAll(async () => {
  a = await openShop()
  b = await openShop({ beside: a })
})

const item = (externalId: string, chat = 'c', payload: unknown = { text: externalId }) => ({
  externalId,
  chat,
  payload,
})
/** A channel that no other test uses. */
const channel = () => `turns-${next++}`

async function take(chats: Chats, here: string, ...ids: string[]): Promise<Turn | undefined> {
  const items = ids.map((id) => item(id))
  return (await chats.accept(here, items)).turns[0]
}

const textsOf = (found: Awaited<ReturnType<Chats['waiting']>>) => found?.items.map(({ payload }) => payload)
const leases = (here: string) => a.rows('SELECT holder FROM chat_lease WHERE channel = $1', [here])

it('has one process at a time in a chat, and leaves it nothing behind', async () => {
  const here = channel()
  const turn = await take(a.shop.chats, here, '1')
  if (!turn) throw new Error('no turn')
  expect(await take(b.shop.chats, here, '2')).toBeUndefined()
  expect(await take(a.shop.chats, here, '3')).toBeUndefined()
  const last = (await a.shop.chats.waiting(turn))?.items[0]
  expect(await a.shop.chats.release(turn, last?.id)).toBe(false)
  const found = await a.shop.chats.waiting(turn)
  expect(textsOf(found)).toEqual([{ text: '2' }, { text: '3' }])
  if (!found) throw new Error('nothing waits')
  const [second, third] = found.items
  await a.shop.chats.handled(second?.id ?? 0n)
  expect(await a.shop.chats.release(found.turn, third?.id)).toBe(true)
  expect(await leases(here)).toEqual([])
  expect(await take(b.shop.chats, here, '4')).toBeDefined()
})

it('gives back with the last event what it knows, and not what came since', async () => {
  const here = channel()
  const turn = await take(a.shop.chats, here, '1')
  if (!turn) throw new Error('no turn')
  const [event] = (await a.shop.chats.waiting(turn))?.items ?? []
  // Both at once, again and again: what comes is either seen by who releases, or finds the chat free.
  const [released, other] = await Promise.all([a.shop.chats.release(turn, event?.id), take(b.shop.chats, here, '2')])
  expect(released).toBe(other !== undefined)
})

it('takes nothing from a process that lives, and everything from one that is gone', async () => {
  const here = channel()
  const dying = await openShop({ beside: a })
  await dying.shop.chats.accept(here, [item('1'), item('2'), item('3', 'd')])
  expect((await b.shop.chats.turns([here])).takenOver).toEqual([])
  dying.shop.chats.close()
  const found = await vi.waitUntil(async () => {
    const { takenOver } = await b.shop.chats.turns([here])
    return takenOver.length > 0 && takenOver
  })
  expect(found.map(({ chat }) => chat).sort()).toEqual(['c', 'd'])
  const turn = found.find(({ chat }) => chat === 'c')
  if (!turn) throw new Error('no turn')
  expect(textsOf(await b.shop.chats.waiting(turn))).toEqual([{ text: '1' }, { text: '2' }])
  expect((await a.shop.chats.turns([here])).takenOver).toEqual([])
  await dying.close()
})

it('is taken over by one of those who try at once', async () => {
  const here = channel()
  const dying = await openShop({ beside: a })
  await dying.shop.chats.accept(
    here,
    Array.from({ length: 30 }, (_, index) => item(`${index}`, `chat ${index}`)),
  )
  await dying.close()
  const both = await Promise.all([a, b, a, b].map(({ shop }) => shop.chats.turns([here])))
  const chats = both.flatMap(({ takenOver }) => takenOver.map(({ chat }) => chat))
  expect(chats).toHaveLength(30)
  expect(new Set(chats).size).toBe(30)
})

it('ends with the connection: under another number nothing is anyone else’s to finish', async () => {
  const here = channel()
  const cut = await openShop({ beside: a })
  const turn = await take(cut.shop.chats, here, '1')
  if (!turn) throw new Error('no turn')
  await a.rows('SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = $1 AND objid = $2::int::oid', [
    'advisory',
    turn.holder,
  ])
  await vi.waitUntil(() => turn.over.aborted)
  // It looks again under its new number, and leaves what is others' alone until they have come back as well.
  expect((await cut.shop.chats.turns([here])).takenOver).toEqual([])
  expect((await b.shop.chats.turns([here])).takenOver).toHaveLength(1)
  expect(await cut.shop.chats.waiting(turn)).toBeUndefined()
  expect(await cut.shop.chats.release(turn)).toBe(false)
  await cut.close()
})

it('exactly one handles each event, in order, whoever hears it', async () => {
  const here = channel()
  const shops = [a, b, await openShop({ beside: a })]
  const handled: string[] = []
  let inside = 0
  /** What an intake does, in little. */
  async function work(chats: Chats, turn: Turn): Promise<void> {
    for (let held = await chats.waiting(turn); held; held = await chats.waiting(held.turn)) {
      for (const { id, payload } of held.items) {
        expect(++inside).toBe(1)
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 3))
        handled.push((payload as { text: string }).text)
        inside--
        await chats.handled(id)
      }
      if (await chats.release(held.turn)) return
    }
  }
  const working: Promise<void>[] = []
  for (let n = 0; n < 60; n++) {
    const { chats } = shops[n % 3]?.shop ?? a.shop
    const turn = await take(chats, here, `${n}`)
    if (turn) working.push(work(chats, turn))
    if (n % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 8))
  }
  await Promise.all(working)
  expect(handled).toEqual(Array.from({ length: 60 }, (_, n) => `${n}`))
  expect(await leases(here)).toEqual([])
})
