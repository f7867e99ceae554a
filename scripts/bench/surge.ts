/**
 * `npm run bench:surge [-- --before 60 --during 120 --rate 2 --surge 20]`: a rush of buyers, through the whole Telegram path against a
 * fake that enforces Telegram's limits (30 messages a second, 1 a second in a chat, 429 with `retry_after`), then at the core's
 * own door, where it goes from 200 to 2,000 orders a second. Prints how long people wait for an answer to a tap, for the screen
 * behind it and for their keys, before, in and after the rush; how many are in line; and that nothing is lost. Ends with 1 when
 * something was.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openChannels } from '../../bots/channels.ts'
import { createLog } from '../../core/platform/log.ts'
import { readSettings } from '../../core/platform/settings.ts'
import { startFakeTelegram } from '../../test/fakes/telegram/server.ts'
import { openLoop } from './sales/load.ts'
import { counts, fill, openPool, openServer, openShopOn } from './sales/shop.ts'

const { values } = parseArgs({
  options: {
    before: { type: 'string', default: '60' },
    during: { type: 'string', default: '120' },
    rate: { type: 'string', default: '2' },
    surge: { type: 'string', default: '20' },
  },
})
const phases = [
  { name: 'before', seconds: Number(values.before), rate: Number(values.rate) },
  { name: 'rush', seconds: Number(values.during), rate: Number(values.surge) },
  { name: 'after', seconds: Number(values.before), rate: Number(values.rate) },
] as const
type Kind = 'tap to answer' | 'tap to screen' | 'payment to key'
const KINDS: readonly Kind[] = ['tap to answer', 'tap to screen', 'payment to key']

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
let lost = 0

await overTelegram()
await atTheCore()
process.exitCode = lost > 0 ? 1 : 0

async function overTelegram(): Promise<void> {
  const token = '434343:surge-token-surge-token-surge-tok'
  // Patient people: what takes this long is lost.
  const fake = await startFakeTelegram({ token, patienceMs: 1_200_000 })
  const data = await mkdtemp(join(tmpdir(), 'keytill-surge-'))
  const settings = readSettings({
    KEYTILL_DATA: data,
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_ROOT: fake.url,
    KEYTILL_ROLES: 'bots,worker',
  })
  const program = await openChannels(settings, createLog('error'), () => {})
  const { shop } = program
  try {
    await shop.catalog.add('bench', { sku: 'SURGE', name: 'Surge key', price: 990, stars: 50 })
    const product = await shop.catalog.product('SURGE', 'en')
    if (!product) throw new Error('no product')
    const total = Math.ceil(phases.reduce((sum, { seconds, rate }) => sum + seconds * rate, 0))
    const keys = Array.from({ length: total }, (_, n) => `SURGE-${n}-KEY`).join('\n')
    await shop.inventory.import('bench', product, 'shell', [Buffer.from(keys)])

    let phase: string = phases[0].name
    const times = new Map<string, number[]>()
    let waiting = 0
    let longest = 0
    let errors = 0
    const timed = async <T>(kind: Kind, work: Promise<T>): Promise<T> => {
      const began = performance.now()
      const when = phase
      waiting += 1
      longest = Math.max(longest, waiting)
      try {
        return await work
      } finally {
        waiting -= 1
        const list = times.get(`${when}/${kind}`) ?? []
        list.push(performance.now() - began)
        times.set(`${when}/${kind}`, list)
      }
    }
    const sale = async (id: number) => {
      const buyer = fake.user({ id, language_code: 'en' })
      const tap = async (match: RegExp, label: string | RegExp, next: Parameters<typeof buyer.see>[0]) => {
        const message = await buyer.see(match)
        const screen = timed('tap to screen', buyer.see(next, { since: message }))
        await timed('tap to answer', buyer.press(message, label))
        return screen
      }
      await buyer.say('/start p_SURGE')
      await tap(/Surge key/, 'Buy', /How many/)
      await tap(/How many/, '1', /Basket/)
      const invoice = await tap(/Basket/, /Order and pay/, (message) => message.invoice !== undefined)
      await buyer.pay(invoice)
      await timed('payment to key', buyer.see(/\*\*\*\*/))
    }

    const failed = (error: unknown) => {
      errors += 1
      console.error(String(error))
    }
    const running: Promise<void>[] = []
    let people = 1000
    const begun = performance.now()
    let due = 0
    for (const { name, seconds, rate } of phases) {
      phase = name
      for (let n = 0; n < seconds * rate; n++, due += 1000 / rate) {
        await sleep(Math.max(0, begun + due - performance.now()))
        running.push(sale(people++).catch(failed))
      }
    }
    const end = performance.now()
    await Promise.all(running)
    console.log(
      `\nover Telegram, ${phases.map(({ seconds, rate }) => `${rate}/s for ${seconds} s`).join(', ')}; all were served ${((performance.now() - end) / 1000).toFixed(0)} s later`,
    )
    console.log('           tap to answer p50/p99   tap to screen p50/p99   payment to key p50/p99 (ms)')
    for (const { name } of phases) {
      const figures = KINDS.map((kind) => {
        const sorted = (times.get(`${name}/${kind}`) ?? []).toSorted((a, b) => a - b)
        return `${at(sorted, 0.5).toFixed(0)} / ${at(sorted, 0.99).toFixed(0)}`.padStart(24)
      })
      console.log(`${name.padEnd(8)}${figures.join('')}`)
    }
    const refused = fake
      .calls()
      .filter(({ answer }) => JSON.stringify(answer ?? '').includes('"error_code":429')).length
    const [level] = (await shop.inventory.levels('SURGE', 0)).items
    const missing = total - (level?.sold ?? 0)
    lost += missing + errors
    console.log(
      `most people in line ${longest}; refused by Telegram's limits ${refused}; errors ${errors}; ${total} orders, ${level?.sold} delivered, lost ${missing}`,
    )
  } finally {
    await program.close()
    await fake.close()
    await rm(data, { recursive: true, force: true })
  }
}

async function atTheCore(): Promise<void> {
  const server = await openServer()
  const shop = await openShopOn(server.dataDir, server.connection)
  const pool = openPool(server.connection)
  try {
    await fill(pool, 50, 2000)
    console.log(
      "\nat the core's door\n            orders/s   sold   told busy   errors   p50 ms   p99 ms   most in line",
    )
    let sold = 0
    for (const [name, rate, seconds] of [
      ['before', 200, 5],
      ['rush', 2000, 10],
      ['after', 200, 5],
    ] as const) {
      const result = await openLoop(shop, { products: 50, lines: 1 }, rate, seconds)
      sold += result.sales
      lost += result.errors
      const figures = [result.sales, result.busy, result.errors].map((n, i) => String(n).padStart([7, 12, 9][i] ?? 0))
      const [p50, p99] = [result.p50, result.p99].map((ms) => ms.toFixed(1).padStart(9))
      console.log(
        `${name.padEnd(12)}${String(rate).padStart(8)}${figures.join('')}${p50}${p99}${String(result.longest).padStart(15)}`,
      )
    }
    const { orders } = await counts(pool)
    lost += Math.abs(sold - orders)
    console.log(`${sold} sales told of, ${orders} orders delivered in the database`)
  } finally {
    await shop.close()
    await pool.end()
    await server.stop()
  }
}
