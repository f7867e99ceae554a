import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, vi } from 'vitest'
import { startFakeTelegram } from '../fakes/telegram/server.ts'
import { atEnd } from '../stand/closing.ts'
import { openOwnDatabase } from '../stand/database.ts'
import { freePort } from '../stand/redis.ts'
import { openPlace, talker, upTo } from './stand.ts'

vi.setConfig({ testTimeout: 120_000 })

const TOKEN = '616161:processes-processes-processes'
const WAIT = { timeout: 40_000, interval: 50 }

/** How often each says something before and after: answers in one chat are a second apart. */
const TIMES = 5

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

it('a poller is killed in the middle of conversations, and another process goes on with them', async () => {
  const fake = await startFakeTelegram({ token: TOKEN, limits: false })
  atEnd(() => fake.close())
  const place = await openPlace(await openOwnDatabase(), {
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_API_ROOT: fake.url,
    KEYTILL_OWNERS: 'telegram:1',
    KEYTILL_ROLES: 'bots',
  })
  const leader = place.start({})
  await leader.open
  const standby = place.start({})
  await standby.open
  const talkers = upTo(12).map((id) => talker(fake, 1000 + id))
  const talk = async (times: number) => {
    for (let time = 0; time < times; time++) {
      for (const one of talkers) await one.say()
      await sleep(15)
    }
  }
  await talk(TIMES)
  await vi.waitUntil(() => talkers.every((one) => one.answers().length >= 2), { ...WAIT, interval: 5 })
  await leader.kill()
  const killed = performance.now()
  const before = talkers.map((one) => one.answers().length)
  await talk(TIMES)
  await vi.waitUntil(() => talkers.every((one, n) => one.answers().length > (before[n] ?? 0)), WAIT)
  const back = performance.now() - killed
  await vi.waitUntil(() => talkers.every((one) => new Set(one.answers()).size === one.said), WAIT)
  await fake.allConfirmed({ timeout: 5000 })
  let twice = 0
  for (const one of talkers) {
    const answers = one.answers()
    const repeated = answers.filter((word, index) => answers.indexOf(word) !== index)
    // At most what was under way: one event a chat.
    expect(repeated.length).toBeLessThanOrEqual(1)
    twice += repeated.length
    expect(answers.filter((word, index) => word !== answers[index - 1])).toEqual(upTo(one.said))
  }
  console.log(
    `killed with ${before.reduce((a, b) => a + b)} of ${talkers.length * TIMES} answered: all chats went on within ${(back / 1000).toFixed(1)} s, ${twice} answers twice`,
  )
  expect(back).toBeLessThan(15_000)
  expect(await standby.stop()).toBe(0)
})

it('updates of one chat are spread over two processes, and are answered once and in order', async () => {
  const ports = [await freePort(), await freePort()]
  const hits = ports.map(() => 0)
  let next = 0
  /** A load balancer that gives each call to the next process, and goes on to the other when one is gone. */
  const balancer = createServer((from, to) => {
    const turn = next++ % ports.length
    const body: Buffer[] = []
    from.on('data', (part: Buffer) => void body.push(part))
    from.on('end', () => {
      const on = request({ port: ports[turn], path: from.url, method: 'POST', headers: from.headers }, (answer) => {
        if (answer.statusCode === 200) hits[turn] = (hits[turn] ?? 0) + 1
        to.writeHead(answer.statusCode ?? 502)
        answer.pipe(to)
      })
      on.on('error', () => to.writeHead(502).end())
      on.end(Buffer.concat(body))
    })
  })
  await new Promise<void>((resolve) => balancer.listen(0, '127.0.0.1', resolve))
  atEnd(async () => void balancer.close())
  const fake = await startFakeTelegram({
    token: TOKEN,
    limits: false,
    webhookOrigin: `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`,
  })
  atEnd(() => fake.close())
  const place = await openPlace(await openOwnDatabase(), {
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_API_ROOT: fake.url,
    TELEGRAM_WEBHOOK: '1',
    PUBLIC_URL: 'https://shop.example',
    KEYTILL_OWNERS: 'telegram:1',
  })
  // One that serves nothing but the webhook, and one that serves everything.
  const [one, other] = [
    place.start({ KEYTILL_ROLES: 'bots', HTTP_PORT: `${ports[0]}` }),
    place.start({ KEYTILL_ROLES: 'bots,web,worker', HTTP_PORT: `${ports[1]}` }),
  ]
  await Promise.all([one.open, other.open])
  expect((await fetch(`http://127.0.0.1:${ports[0]}/health`)).status).toBe(200)
  expect((await fetch(`http://127.0.0.1:${ports[0]}/`)).status).toBe(404)
  const talkers = upTo(8).map((id) => talker(fake, 2000 + id))
  for (let time = 0; time < 6; time++) for (const talker of talkers) await talker.say()
  await vi.waitUntil(() => talkers.every((talker) => talker.answers().length >= talker.said), WAIT)
  for (const talker of talkers) expect(talker.answers()).toEqual(upTo(6))
  expect(Math.min(...hits)).toBeGreaterThan(20)
  expect(fake.calls('getUpdates')).toEqual([])

  for (let time = 0; time < 2; time++) for (const talker of talkers) await talker.say()
  await other.kill()
  for (let time = 0; time < 2; time++) for (const talker of talkers) await talker.say()
  await vi.waitUntil(() => talkers.every((talker) => new Set(talker.answers()).size === talker.said), WAIT)
  for (const talker of talkers) {
    const answers = talker.answers()
    expect(answers.length).toBeLessThanOrEqual(11)
    expect(answers.filter((word, index) => word !== answers[index - 1])).toEqual(upTo(10))
  }
})
