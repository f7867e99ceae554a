import { chmod, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, it, vi } from 'vitest'
import { TEXTS } from '../../bots/dialogue/locales/texts.ts'
import { type EmbeddedServer, startEmbedded } from '../../core/platform/database/embedded/server.ts'
import { stockShop } from '../../scripts/bench/crash/owner.ts'
import { serversOn } from '../../scripts/bench/crash/servers.ts'
import { newClient } from '../bots/web/client.ts'
import { type FakeTelegram, startFakeTelegram } from '../fakes/telegram/server.ts'
import { atEnd } from '../stand/closing.ts'
import { freePort } from '../stand/redis.ts'
import { openPlace, type Process, talker, upTo } from './stand.ts'

vi.setConfig({ testTimeout: 120_000 })

const TOKEN = '717171:database-database-database'
const WAIT = { timeout: 40_000, interval: 100 }
const t = TEXTS.en.buyer

/** The server's processes: the one that takes connections, and one for each connection. */
async function processesOf(dataDir: string): Promise<number[]> {
  const [server = 0] = await serversOn(dataDir)
  const found = [server]
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '') : ''
    if (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === String(server)) found.push(Number(name))
  }
  return found
}

async function openShop() {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'keytill-away-')))
  await chmod(folder, 0o711)
  atEnd(() => rm(folder, { recursive: true, force: true }))
  let server: EmbeddedServer | undefined
  const start = async () => {
    server = await startEmbedded({ dataDir: folder, fast: true })
    return server.connection
  }
  const connection = await start()
  atEnd(async () => server?.stop())
  const fake = await startFakeTelegram({ token: TOKEN, limits: false, patienceMs: 20_000 })
  atEnd(() => fake.close())
  const port = await freePort()
  const place = await openPlace(connection, {
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_API_ROOT: fake.url,
    KEYTILL_OWNERS: 'telegram:1',
  })
  const program: Process = place.start({ HTTP_PORT: `${port}` })
  await program.open
  const url = `http://127.0.0.1:${port}`
  const signal = async (name: 'SIGSTOP' | 'SIGCONT') => {
    for (const pid of await processesOf(folder)) process.kill(pid, name)
  }
  /** Nothing is being done: what is under way when a database goes away may have its effect twice. */
  const rest = () =>
    vi.waitUntil(async () => {
      const client = new pg.Client({ ...connection })
      await client.connect()
      const { rowCount } = await client.query('SELECT FROM chat_event WHERE done_at IS NULL')
      await client.end()
      return rowCount === 0
    }, WAIT)
  return { fake, program, url, start, stop: async () => server?.stop(), signal, rest }
}

/** A buyer with an order that is to be paid; `pay` says what came of it. */
async function order(fake: FakeTelegram, id: number, product: string) {
  const person = fake.user({ id, first_name: 'Buyer', language_code: 'en' })
  const step = async (act: () => Promise<unknown>, expected: Parameters<typeof person.see>[0]) => {
    const since = person.mark()
    await act()
    return person.see(expected, { since })
  }
  const list = await step(() => person.say('/shop'), /^All products/)
  const page = await step(() => person.press(list, new RegExp(`^${product} `)), /^Stock: /m)
  const quantity = await step(() => person.press(page, 'Buy'), /^How many/)
  const basket = await step(() => person.press(quantity, '1'), /^Basket/)
  const invoice = await step(
    () => person.press(basket, /^Order and pay/),
    ({ invoice: bill }) => bill !== undefined,
  )
  return {
    pay: () => person.pay(invoice),
    keys: async () => {
      const news = await person.see(/is delivered/)
      return step(() => person.press(news, /Show keys/), /^Your keys/)
    },
  }
}

it('PostgreSQL goes away and comes back: people are told, nothing is lost, all heals by itself', async () => {
  const { fake, program, url, start, stop, signal, rest } = await openShop()
  const [alice, bob, carol] = [talker(fake, 71), talker(fake, 72), talker(fake, 73)]
  const page = await newClient(url)
  const product = { sku: 'AWAY', name: 'Away', keys: ['AWAY-0001-ABCD', 'AWAY-0002-EFGH', 'AWAY-0003-IJKL'] }
  await stockShop(fake.user({ id: 1, first_name: 'Owner', language_code: 'en' }), [product])
  const [early, late] = [await order(fake, 74, product.name), await order(fake, 75, product.name)]
  const excuses = (id: number) => fake.messages(id).filter(({ text }) => text === t.moment).length
  const health = async () => (await fetch(`${url}/health`)).status
  const isHealed = () =>
    vi.waitUntil(
      async () =>
        [alice, bob, carol].every((one) => new Set(one.answers()).size === one.said) && (await health()) === 200,
      WAIT,
    )
  await alice.say()
  await vi.waitUntil(() => alice.answers().length === 1, WAIT)
  await rest()

  // Stopped.
  await stop()
  for (let time = 0; time < 3; time++) await alice.say()
  await vi.waitUntil(() => excuses(71) > 0, WAIT)
  const refused = await page.post({ kind: 'text', text: 'hello' })
  expect([refused.status, await refused.json()]).toEqual([503, { code: 'web.busy', retryAfter: 2 }])
  expect(refused.headers.get('retry-after')).toBe('2')
  expect(await health()).toBe(503)
  // No money moves while nobody can say for what.
  expect(await early.pay()).toMatchObject({ ok: false, error_message: t.busy })
  await alice.say()
  expect(fake.unconfirmed().filter(({ message }) => message)).toHaveLength(4)
  await start()
  const stopped = performance.now()
  await isHealed()
  const afterStop = performance.now() - stopped
  expect(alice.answers()).toEqual(upTo(5))
  expect(excuses(71)).toBe(1)
  expect(await early.pay()).toMatchObject({ ok: true })
  expect((await early.keys()).text).toContain(product.keys[0])
  expect((await page.post({ kind: 'text', text: 'hello' })).status).toBe(202)

  await rest()

  // Paused: it takes connections and says nothing.
  await signal('SIGSTOP')
  for (let time = 0; time < 3; time++) await bob.say()
  const begun = performance.now()
  const again = await page.post({ kind: 'text', text: 'hello again' })
  expect(again.status).toBe(503)
  expect(performance.now() - begun).toBeLessThan(9000)
  expect(await health()).toBe(503)
  await vi.waitUntil(() => excuses(72) > 0, WAIT)
  await carol.say()
  await signal('SIGCONT')
  const paused = performance.now()
  await isHealed()
  const afterPause = performance.now() - paused
  expect(bob.answers()).toEqual(upTo(3))
  expect(carol.answers()).toEqual([1])
  expect(excuses(72)).toBe(1)
  await vi.waitUntil(async () => (await page.post({ kind: 'text', text: 'at last' })).status === 202, WAIT)
  expect(await late.pay()).toMatchObject({ ok: true })
  expect((await late.keys()).text).toContain(product.keys[1])
  await fake.allConfirmed({ timeout: 30_000 })
  console.log(
    `all was answered ${(afterStop / 1000).toFixed(1)} s after a stopped PostgreSQL was back, ${(afterPause / 1000).toFixed(1)} s after a paused one`,
  )
  expect(await program.stop()).toBe(0)
})
