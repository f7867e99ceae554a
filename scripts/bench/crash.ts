/**
 * `npm run bench:crash -- [--seed 1] [--cycles 50] [--buyers 15]`: the whole program, killed again and again in the middle of
 * business. Telegram is a fake in this process, which outlives the shop; buyers order and pay by real buttons, some twice, some
 * late, some so that the news of their payment is lost. After every restart, once all is quiet, Telegram's books, the
 * database, the chats and the processes have to agree. Ends with 1, and names what is wrong, at the first cycle that fails;
 * its data folder is kept then. Decisions follow the seed; which of them meet in time does not.
 */
import { chmod, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startEmbedded } from '../../core/platform/database/embedded/server.ts'
import { startFakeTelegram } from '../../test/fakes/telegram/server.ts'
import { watchChats } from './crash/chats.ts'
import { openWindow, rest, violations } from './crash/checks.ts'
import { gather } from './crash/crowd.ts'
import { type Shelf, stockShop } from './crash/owner.ts'
import { type Program, startProgram } from './crash/program.ts'
import { randomOf } from './crash/random.ts'
import { serversOn } from './crash/servers.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    cycles: { type: 'string', default: '50' },
    buyers: { type: 'string', default: '15' },
  },
})
const seed = Number(values.seed)
const cycles = Number(values.cycles)

const TOKEN = '515151:crash-token-crash-token-crash'
const KEYS = [700, 700, 600]
/** How long the shop may take to come to rest. The owner's chat takes one notice of a sale a second. */
const REST_WITHIN = 90_000
/** A payment whose news was lost is found within a minute, and here is some time to spare. */
const RECOVERED_WITHIN = 75_000

const folder = await realpath(await mkdtemp(join(tmpdir(), 'keytill-crash-')))
// Run by root, the server is another user: it has to be able to reach its own folder through this one.
await chmod(folder, 0o711)
const data = join(folder, 'data')
const log = join(folder, 'program.log')
const fake = await startFakeTelegram({ token: TOKEN, patienceMs: 12_000 })
const chats = watchChats(fake)
const random = randomOf(seed)
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const started = performance.now()

/** How many charges there were when the program last started: those are asked for at its start, later ones each minute. */
let charges = 0

function start(): Program {
  charges = fake.transactions().length
  return startProgram({
    log,
    settings: {
      TELEGRAM_BOT_TOKEN: TOKEN,
      TELEGRAM_API_ROOT: fake.url,
      KEYTILL_DATA: data,
      KEYTILL_OWNERS: 'telegram:1',
      HTTP_PORT: '0',
      LOG_LEVEL: 'warn',
    },
  })
}

/** Charges whose update was lost since the program last started: it may not know of them yet. */
function notAskedFor(): Set<string> {
  const lost = new Set(crowd.deeds.lost)
  return new Set(
    fake
      .transactions()
      .slice(charges)
      .flatMap(({ id }) => (lost.has(id) ? [id] : [])),
  )
}

const shelves = KEYS.map((count, index): Shelf => {
  const letter = 'ABC'.charAt(index)
  const tail = randomOf(seed, index)
  const keyNo = (n: number) =>
    `CRASH-${letter}-${String(n).padStart(6, '0')}-${Array.from({ length: 6 }, () => String.fromCharCode(tail.between(65, 90))).join('')}`
  return { sku: `CRASH-${letter}`, name: `Crash ${letter}`, keys: Array.from({ length: count }, (_, n) => keyNo(n)) }
})

let program = start()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void program.kill().then(() => process.exit(130)))
await program.open
const owner = fake.user({ id: 1, first_name: 'Owner', language_code: 'en' })
await stockShop(owner, shelves)
const crowd = gather(fake, owner, Number(values.buyers), seed)

const count = { kills: 0, duringStart: 0, twice: 0, slowestStart: 0 }
const problems: string[] = []

/** Kills the program and starts it again; now and then that start is killed as well. Returns how long the last one took, in ms. */
async function crash(): Promise<number> {
  await program.kill()
  count.kills++
  for (;;) {
    const fate = random.next()
    const begun = performance.now()
    program = start()
    if (fate < 0.2) {
      await Promise.race([sleep(random.between(50, 2500)), program.gone])
      count.duringStart++
    } else {
      await program.open
      const took = performance.now() - begun
      count.slowestStart = Math.max(count.slowestStart, took)
      if (fate > 0.35) return took
      await sleep(random.between(50, 400))
      count.twice++
    }
    await program.kill()
    count.kills++
  }
}

/** Waits until the shop is at rest and checks everything. `notYet`: lost payments that nothing has asked for since. */
async function check(notYet: ReadonlySet<string>): Promise<void> {
  if (!program.isAlive()) problems.push('the program ended by itself')
  const server = await startEmbedded({ dataDir: data })
  if (server.owned) {
    problems.push('no server was running beside the program')
    return server.stop()
  }
  const window = await openWindow(server.connection)
  try {
    const left = await rest(fake, window, REST_WITHIN)
    if (left !== undefined) problems.push(`not at rest after ${REST_WITHIN / 1000} s: ${left}`)
    problems.push(...(await violations(fake, window, chats, notYet)))
    const servers = await serversOn(data)
    if (servers.length !== 1) problems.push(`${servers.length} database servers: ${servers.join(', ')}`)
  } finally {
    await window.close()
  }
}

const wrong = (error: unknown): void => void problems.push(String(error))

let cycle = 0
while (cycle < cycles && problems.length === 0) {
  cycle++
  const before = { ...crowd.deeds, lost: crowd.deeds.lost.length, kills: count.kills, at: performance.now() }
  fake.duplicateUpdates = random.chance(0.2)
  crowd.resume()
  const wait = random.between(50, 3000)
  await sleep(wait)
  // A program that does not open, or does not take its updates, is a finding as well.
  const opened = await crash().catch(wrong)
  await crowd.finish()
  if (problems.length === 0) await check(notAskedFor()).catch(wrong)
  const { deeds } = crowd
  const seconds = ((performance.now() - before.at) / 1000).toFixed(1)
  console.log(
    `${String(cycle).padStart(3)}/${cycles} killed after ${String(wait).padStart(4)} ms, ${count.kills - before.kills}×  ` +
      `orders +${deeds.orders - before.orders}  payments +${deeds.payments - before.payments}  lost +${deeds.lost.length - before.lost}  ` +
      `cut off +${deeds.interrupted - before.interrupted}  open in ${((opened ?? 0) / 1000).toFixed(1)} s, all in ${seconds} s  ${problems.length === 0 ? 'ok' : 'WRONG'}`,
  )
}

// The last lost payments are found without a restart, by the question that is asked every minute.
const recovering = performance.now()
while (problems.length === 0) {
  await check(new Set()).catch(wrong)
  if (problems.length === 0 || performance.now() - recovering > RECOVERED_WITHIN) break
  if (!problems.every((problem) => problem.startsWith('a charge the shop does not know'))) break
  problems.length = 0
  await sleep(1000)
}
const byMinute = performance.now() - recovering

const code = await program.stop()
if (code !== 0) problems.push(`the program stopped with ${code}`)
const orphans = await serversOn(data)
if (orphans.length > 0) problems.push(`database servers left behind: ${orphans.join(', ')}`)

const told = [...chats.told.values()]
const again = told.reduce((sum, sends) => sum + Math.max(0, sends - 1), 0)
const words = (await readFile(log, 'utf8')).split('\n')
const logged = (level: number) => words.filter((line) => line.startsWith(`{"level":${level},`)).length
const { deeds } = crowd
const refunds = fake.transactions().filter(({ receiver }) => receiver).length
console.log(`
seed ${seed}, ${cycle} cycles, ${values.buyers} buyers, ${((performance.now() - started) / 1000).toFixed(0)} s
kills        ${count.kills}, of them ${count.duringStart} during the start and ${count.twice} right after it; slowest start ${(count.slowestStart / 1000).toFixed(1)} s
orders       ${deeds.orders} placed, ${deeds.cancelled} cancelled, ${deeds.lapsed} left to lapse, ${deeds.refused} refused; ${deeds.interrupted} conversations cut off
payments     ${fake.transactions().length - refunds} charges, ${refunds} given back
lost updates ${deeds.lost.length}, all found; the last ones within ${(byMinute / 1000).toFixed(0)} s without a restart
messages     ${told.length} orders told as delivered, ${again} messages twice; ${chats.shown.size} keys shown, each in one order
log          ${logged(40)} warnings, ${logged(50)} errors`)
await fake.close()
if (problems.length > 0) {
  console.error(`\nWRONG, see ${folder}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
  process.exitCode = 1
} else await rm(folder, { recursive: true, force: true })
