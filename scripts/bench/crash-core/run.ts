import { chmod, mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { openRedisServer } from '../../../test/stand/redis.ts'
import { randomOf } from '../crash/random.ts'
import { openBank } from './bank.ts'
import { type Buyer, buyOnce, revealAll } from './buyer.ts'
import { openChats } from './chats.ts'
import { auditProblems, type Checking, differences, openWindow, violations } from './checks.ts'
import { employ } from './crew.ts'
import { type Fault, plan, strike } from './faults.ts'
import { GivenUp, insist } from './insist.ts'
import { outside } from './outside.ts'
import { rest } from './rest.ts'
import { openServer } from './server.ts'
import { staff } from './staff.ts'
import { summary } from './summary.ts'
import { nothingYet, type World } from './truth.ts'
import { fastClock } from './world.ts'

export interface CrashOptions {
  readonly seed: number
  readonly cycles: number
  /** of load in a cycle */
  readonly seconds: number
  readonly processes: number
  /** whether there is a Redis as well, to which the same happens */
  readonly redis: boolean
  /** a line for whoever watches */
  say(line: string): void
}

/** Buyers who are at it at the same time, and how many there are in all: two orders of one may meet. */
const SLOTS = 10
const BUYERS = 60
/** How long the shop may take to come to rest, in ms. */
const REST_WITHIN = 60_000
/** For how long after a fault an error is no surprise, in ms. */
const EXCUSE = 5000
/** The whole audit log is read after every cycle while that is cheap (ms), and then after every so many. */
const CHEAP = 1000
const AUDIT_EVERY = 10

/** Runs the crash test; what is wrong is returned, with the folder of its data. */
export async function crash({ seed, cycles, seconds, processes, redis: hasRedis, say }: CrashOptions) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'keytill-crash-core-')))
  // Run by root, the server is another user: it has to be able to reach its own folder through this one.
  await chmod(folder, 0o711)
  const dataDir = join(folder, 'data')
  const origin = Date.now()
  const clock = fastClock(origin)
  const began = performance.now()
  const server = await openServer(dataDir)
  const bank = openBank(seed, clock)
  const chats = openChats(seed)
  const redis = hasRedis ? await openRedisServer() : undefined
  const opening = { dataDir, connection: server.connection, origin, redis: redis?.url }
  const crew = employ({
    size: processes,
    opening,
    log: join(folder, 'processes.log'),
    outside: outside(bank, chats),
    isExcused: (since) => server.troubledAt > since - EXCUSE,
  })
  const truth = nothingYet()
  const isExcused = () => performance.now() - server.troubledAt < EXCUSE
  const world: World = { seed, clock, crew, bank, truth, dice: randomOf(seed, -1), isExcused }
  const desk = staff(world)
  const window = openWindow(server.connection)
  const checking: Checking = { world, chats, window, dataDir }
  const faults: Fault[] = []
  const problems: string[] = []
  let auditing = 0
  let comparedFrom = origin

  /** What goes wrong here is a finding as well. */
  const attempt = (work: Promise<unknown>) =>
    work.catch((error: unknown) => {
      if (!(error instanceof GivenUp)) truth.problems.push(error instanceof Error ? (error.stack ?? '') : String(error))
    })
  const noted = () => problems.push(...crew.problems, ...truth.problems)

  async function buyers(): Promise<Buyer[]> {
    const names = Array.from({ length: BUYERS }, (_, n) => `buyer-${n + 1}`)
    return Promise.all(
      names.map(async (name) => {
        const { id, pseudonym } = await insist(world, (shop) => shop.ask('meet', name))
        return { id, pseudonym, name }
      }),
    )
  }

  /** Load and faults for some seconds; resolves when everyone has finished what they had begun. */
  async function business(cycle: number, crowd: readonly Buyer[]): Promise<Fault[]> {
    const until = performance.now() + seconds * 1000
    const planned = plan(randomOf(seed, cycle, -2), seconds * 1000, { crew, size: processes, server, redis })
    const repeat = async (slot: number, deed: (name: string, random: ReturnType<typeof randomOf>) => Promise<void>) => {
      for (let n = 0; performance.now() < until && truth.problems.length === 0; n++) {
        const random = randomOf(seed, cycle, slot, n)
        await attempt(deed(`${cycle}-${slot}-${n}`, random))
        await setTimeout(random.between(0, 150))
      }
    }
    const slots = Array.from({ length: SLOTS }, (_, slot) =>
      repeat(slot, (name, random) => buyOnce(world, random, crowd[random.between(0, BUYERS - 1)] as Buyer, name)),
    )
    const desks = repeat(SLOTS, (name, random) => desk.workOnce(random, name))
    await Promise.all([...slots, desks, strike(planned)])
    return planned.map(({ fault }) => fault)
  }

  async function check(isLast: boolean): Promise<void> {
    bank.calm = true
    chats.calm = true
    await crew.whole()
    const left = await rest(world, window, REST_WITHIN)
    if (left !== undefined) problems.push(`not at rest after ${REST_WITHIN / 1000} s: ${left}`)
    if (isLast) await revealAll(world, window)
    problems.push(...(await violations(checking)))
    problems.push(...(await differences(checking, isLast ? origin : comparedFrom)))
    comparedFrom = clock().getTime()
    bank.calm = false
    chats.calm = false
  }

  async function checkAudit(): Promise<void> {
    const begun = performance.now()
    problems.push(...(await auditProblems(checking)))
    auditing = performance.now() - begun
  }

  let crowd: readonly Buyer[] = []
  await attempt(
    (async () => {
      await insist(world, (shop) => shop.ask('setUp'))
      crowd = await buyers()
      await desk.stockUp(randomOf(seed, -3))
    })(),
  )
  noted()

  let cycle = 0
  while (cycle < cycles && problems.length === 0) {
    cycle++
    const isLast = cycle === cycles
    const before = { orders: truth.orders.size, charges: bank.charges.size, back: bank.returned.size }
    const start = performance.now()
    const struck = await business(cycle, crowd)
    faults.push(...struck)
    const quiet = performance.now()
    await attempt(check(isLast))
    const audited = performance.now()
    if (isLast || auditing < CHEAP || cycle % AUDIT_EVERY === 0) await attempt(checkAudit())
    noted()
    const ms = (from: number, to = performance.now()) => `${((to - from) / 1000).toFixed(1)} s`
    say(
      `${String(cycle).padStart(3)}/${cycles}  orders +${truth.orders.size - before.orders}  payments +${bank.charges.size - before.charges}  ` +
        `back +${bank.returned.size - before.back}  business ${ms(start, quiet)}, check ${ms(quiet, audited)}, audit ${ms(audited)}  ` +
        `${problems.length === 0 ? 'ok' : 'WRONG'}  (${struck.join(', ')})`,
    )
  }
  say(
    await summary({ checking, faults, cycles: cycle, seed, seconds: (performance.now() - began) / 1000 }).catch(String),
  )
  await window.close()
  await crew.stop()
  if (problems.length === 0) problems.push(...crew.problems)
  await server.stop()
  await redis?.kill()
  return { problems, folder }
}
