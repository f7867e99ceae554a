import { beforeAll, expect, it, vi } from 'vitest'
import { atEnd } from '../../stand/closing.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let a: Stand
let b: Stand
beforeAll(async () => {
  a = await openShop()
  b = await openShop({ beside: a })
})

const WAIT = { timeout: 10_000, interval: 5 }
const GREETING = 'are you there?'
let topics = 0

function join(stand: Stand, topic: string) {
  const heard: string[] = []
  let greeted = false
  const { tell, close } = stand.shop.broadcast(topic, (message) => {
    if (`${message}` === GREETING) greeted = true
    else heard.push(`${message}`)
  })
  let closing: Promise<void> | undefined
  const end = () => (closing ??= close())
  atEnd(end)
  const made: string[] = []
  return {
    heard,
    made,
    isGreeted: () => greeted,
    tell: (text: string) =>
      tell(() => {
        made.push(text)
        return Buffer.from(text)
      }),
    close: end,
  }
}

/** Two that know of each other. */
async function pair(topic = `topic${topics++}`) {
  const [one, other] = [join(a, topic), join(b, topic)]
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const)
    await vi.waitUntil(async () => {
      await from.tell(GREETING)
      return to.isGreeted()
    }, WAIT)
  return { topic, one, other }
}

const written = (topic: string) => a.rows<{ sealed: Buffer }>('SELECT sealed FROM broadcast WHERE topic = $1', [topic])

it('tells all others what one says, in order, and not itself', async () => {
  const { one, other } = await pair()
  const words = Array.from({ length: 50 }, (_, n) => `${n}`)
  await Promise.all(words.map(one.tell))
  await vi.waitUntil(() => other.heard.length === 50, WAIT)
  expect(other.heard).toEqual(words)
  expect(one.heard).toEqual([])
})

it('writes nothing down while there is nobody to tell', async () => {
  const topic = `topic${topics++}`
  const alone = join(a, topic)
  await alone.tell('hello?')
  expect(alone.made).toEqual([])
  expect(await written(topic)).toEqual([])
})

it('is alone again once the others have gone', async () => {
  const { one, other } = await pair()
  await other.close()
  await vi.waitUntil(async () => {
    one.made.length = 0
    await one.tell('hello?')
    return one.made.length === 0
  }, WAIT)
})

it('seals what may hold a key, however long it is', async () => {
  const { topic, one, other } = await pair()
  const key = `SECRET-KEY-${'x'.repeat(100_000)}`
  await one.tell(key)
  await vi.waitUntil(() => other.heard.length === 1, WAIT)
  expect(other.heard).toEqual([key])
  for (const { sealed } of await written(topic)) expect(sealed.includes('SECRET-KEY')).toBe(false)
})

it('makes up for what was said while the connection was lost, once', async () => {
  const { one, other } = await pair()
  await one.tell('before')
  await vi.waitUntil(() => other.heard.length === 1, WAIT)
  await a.rows(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keytill listener' AND datname = current_database()`,
  )
  await one.tell('meanwhile')
  await vi.waitUntil(() => other.heard.length === 2, WAIT)
  await one.tell('after')
  await vi.waitUntil(() => other.heard.length === 3, WAIT)
  expect(other.heard).toEqual(['before', 'meanwhile', 'after'])
})
