/**
 * `npm run bench:delivery -- [sales]`: over the Telegram protocol against a fake that enforces Telegram's sending limits, how long
 * it takes from the moment the bot is given `successful_payment` until the message with the masked keys arrives.
 * Sales are spread so that they stay within 30 messages a second.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openChannels } from '../../bots/channels.ts'
import { createLog } from '../../core/platform/log.ts'
import { readSettings } from '../../core/platform/settings.ts'
import { startFakeTelegram } from '../../test/fakes/telegram/server.ts'

const sales = Number(process.argv[2] ?? 200)
const token = '424242:bench-token-bench-token-bench-token'
const fake = await startFakeTelegram({ token })
const data = await mkdtemp(join(tmpdir(), 'keytill-bench-'))
const settings = readSettings({
  KEYTILL_DATA: data,
  TELEGRAM_BOT_TOKEN: token,
  TELEGRAM_API_ROOT: fake.url,
  KEYTILL_ROLES: 'bots,worker',
})
const program = await openChannels(settings, createLog('warn'), () => {})
const { shop } = program

await shop.catalog.add('bench', { sku: 'BENCH', name: 'Bench key', price: 990, stars: 50 })
const product = await shop.catalog.product('BENCH', 'en')
if (!product) throw new Error('no product')
await shop.inventory.import('bench', product, 'shell', [
  Buffer.from(Array.from({ length: sales }, (_, i) => `BENCH-${i}-KEY`).join('\n')),
])

async function sale(id: number): Promise<number> {
  const buyer = fake.user({ id, language_code: 'en' })
  await buyer.say('/start p_BENCH')
  await buyer.press(await buyer.see(/Bench key/), 'Buy')
  await buyer.press(await buyer.see(/How many/), '1')
  await buyer.press(await buyer.see(/Basket/), /Order and pay/)
  const invoice = await buyer.see((message) => message.invoice !== undefined)
  await buyer.pay(invoice)
  const paid = performance.now()
  await buyer.see(/\*\*\*\*/)
  return performance.now() - paid
}

/** Each sale sends and edits six messages: four sales a second stay within 30. */
const PAUSE = 250
const running: Promise<number>[] = []
for (let i = 0; i < sales; i++) {
  running.push(sale(1000 + i))
  await new Promise((resolve) => setTimeout(resolve, PAUSE))
}
const times = (await Promise.all(running)).sort((a, b) => a - b)
const at = (share: number) =>
  (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN).toFixed(1)
console.log(
  `payment to masked key, ${sales} sales: median ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms; refused by a limit: ${fake.calls().filter((call) => JSON.stringify(call.answer ?? '').includes('"error_code":429')).length}`,
)

await program.close()
await fake.close()
await rm(data, { recursive: true, force: true })
