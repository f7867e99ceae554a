import { beforeAll, expect, it } from 'vitest'
import { hours } from '../../../core/platform/clock.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
let next = 0
beforeAll(async () => {
  stand = await openShop()
})

const item = (externalId: string, payload: unknown = { text: 'hi' }) => ({ externalId, chat: 'c', payload })
const accept = async (...args: Parameters<Stand['shop']['chats']['accept']>) =>
  (await stand.shop.chats.accept(...args)).fresh
/** A channel that no other test uses. */
const channel = () => `channel-${next++}`

it('takes what is new, in the order given, and knows what it had', async () => {
  const here = channel()
  const first = await accept(here, [item('1', { n: 1 }), item('2', { n: 2 }), item('1', { n: 3 })])
  expect(first.map(({ payload }) => payload)).toEqual([{ n: 1 }, { n: 2 }])
  expect(await accept(here, [item('3'), item('2')])).toHaveLength(1)
  expect(await stand.shop.chats.accept(here, [])).toEqual({ fresh: [], turns: [] })
  expect(await accept(channel(), [item('1')])).toHaveLength(1)
})

it('takes an event once that two deliver at the same moment', async () => {
  const here = channel()
  const other = await openShop({ beside: stand })
  const items = Array.from({ length: 20 }, (_, index) => item(`e${index}`))
  const taken = await Promise.all([stand, other, stand].map(({ shop }) => shop.chats.accept(here, items)))
  expect(taken.flatMap(({ fresh }) => fresh)).toHaveLength(20)
  expect(taken.flatMap(({ turns }) => turns)).toHaveLength(1)
})

it('seals what was said, and forgets it once it was handled', async () => {
  const here = channel()
  const [event] = await accept(here, [item('1', { text: 'SEALED-CHAT-1' })])
  if (!event) throw new Error('not taken')
  const row = async () =>
    (await stand.rows<{ payload: Buffer | null }>('SELECT payload FROM chat_event WHERE id = $1', [event.id]))[0]
      ?.payload
  expect((await row())?.includes('SEALED-CHAT')).toBe(false)
  expect(await stand.shop.chats.failed(event.id)).toBe(1)
  expect(await stand.shop.chats.failed(event.id)).toBe(2)
  expect(await row()).not.toBeNull()
  await stand.shop.chats.handled(event.id)
  expect(await row()).toBeNull()
  expect(await accept(here, [item('1')])).toEqual([])
})

it('knows a repeat for a week, and never forgets what waits', async () => {
  const here = channel()
  const [done] = await accept(here, [item('done'), item('waiting')])
  if (!done) throw new Error('not taken')
  await stand.shop.chats.handled(done.id)
  stand.clock.advance(hours(24 * 7))
  await stand.shop.chats.prune()
  expect(await accept(here, [item('done')])).toEqual([])
  stand.clock.advance(1)
  await stand.shop.chats.prune()
  expect(await accept(here, [item('done')])).toHaveLength(1)
  const waiting = await stand.rows('SELECT id FROM chat_event WHERE channel = $1 AND done_at IS NULL', [here])
  expect(waiting).toHaveLength(2)
})

it('keeps where a conversation stands, per chat', async () => {
  const here = channel()
  expect(await stand.shop.chats.session(here, 'c')).toBeUndefined()
  await stand.shop.chats.saveSession(here, 'c', { basket: [1] })
  await stand.shop.chats.saveSession(here, 'c', { basket: [] })
  expect(await stand.shop.chats.session(here, 'c')).toEqual({ basket: [] })
  expect(await stand.shop.chats.session(here, 'd')).toBeUndefined()
})

it('keeps the menu of a conversation apart from the rest of it', async () => {
  const { chats } = stand.shop
  const here = channel()
  await chats.saveSession(here, 'c', { basket: [1], asked: 'what', menu: 'never kept here' })
  expect(await chats.session(here, 'c')).toEqual({ basket: [1], asked: 'what' })
  await chats.changeMenu(here, 'c', (menu) => [menu, 'first'])
  await chats.saveSession(here, 'c', { basket: [2], menu: 'what it was before' })
  expect(await chats.session(here, 'c')).toEqual({ basket: [2], menu: [null, 'first'] })
  await chats.changeMenu(here, 'new chat', () => ['second'])
  expect(await chats.session(here, 'new chat')).toEqual({ menu: ['second'] })
})

it('changes a menu as the change before it has left it, however many come at once', async () => {
  const here = channel()
  const add = (n: number) =>
    stand.shop.chats.changeMenu(here, 'c', (menu) => [...((menu as number[] | undefined) ?? []), n])
  await Promise.all(Array.from({ length: 10 }, (_, n) => add(n)))
  const { menu } = (await stand.shop.chats.session(here, 'c')) as { menu: number[] }
  expect(menu.sort()).toEqual(Array.from({ length: 10 }, (_, n) => n))
})

it('remembers the last message about a subject, per chat', async () => {
  const here = channel()
  await stand.shop.chats.rememberMessage(here, 'c', 'order:1', '10')
  await stand.shop.chats.rememberMessage(here, 'c', 'order:1', '11')
  expect(await stand.shop.chats.message(here, 'c', 'order:1')).toBe('11')
  expect(await stand.shop.chats.message(here, 'c', 'order:2')).toBeUndefined()
  expect(await stand.shop.chats.message(here, 'd', 'order:1')).toBeUndefined()
})
