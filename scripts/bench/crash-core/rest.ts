import { setTimeout } from 'node:timers/promises'
import { auditLag } from '../../../core/audit/service.ts'
import type { Window } from './checks.ts'
import { insist } from './insist.ts'
import type { World } from './truth.ts'

/** What is still under way, by name; everything 0 means that the shop has come to rest. */
const OPEN = `SELECT
  (SELECT count(*)::int FROM graphile_worker._private_jobs) AS jobs,
  (SELECT count(*)::int FROM outbox) AS outbox,
  (SELECT count(*)::int FROM payment WHERE outcome = 'received') AS payments,
  (SELECT count(*)::int FROM refund WHERE state <> 'done') AS refunds`
/** As if the pauses between tries had passed. */
const NUDGE = `SELECT FROM graphile_worker.reschedule_jobs(
  (SELECT coalesce(array_agg(id), '{}') FROM graphile_worker._private_jobs WHERE run_at > now() AND locked_at IS NULL AND attempts < max_attempts), run_at := now())`
const FAILED = `SELECT payment_id FROM refund WHERE state = 'failed'`

/** How often it is asked for what was lost, in ms. */
const ROUND = 1500

/**
 * Waits until nothing is under way, and does what time and staff would do: what waits for another try is tried, refused
 * refunds end in a wallet or are asked for again, the bank is asked for what was lost. Returns what still is under way after `ms`.
 */
export async function rest(world: World, window: Window, ms: number): Promise<string | undefined> {
  const deadline = performance.now() + ms
  let next = 0
  for (;;) {
    if (performance.now() >= next) {
      await insist(world, (shop) => shop.ask('recover'))
      for (const { payment_id } of await window.rows<{ payment_id: bigint }>(FAILED)) {
        const isCredited =
          payment_id % 2n === 0n && (await insist(world, (shop) => shop.ask('creditRefund', payment_id)))
        if (!isCredited) await insist(world, (shop) => shop.ask('retryRefund', payment_id))
      }
      next = performance.now() + ROUND
    }
    await window.rows(NUDGE)
    const [open = {}] = await window.rows<Record<string, number>>(OPEN)
    const lag = await auditLag(window.sql, world.clock())
    const left = Object.entries({ ...open, 'rows without a seal': lag.rows }).filter(([, count]) => count > 0)
    if (left.length === 0) return undefined
    if (performance.now() > deadline) return left.map(([what, count]) => `${count} ${what}`).join(', ')
    await setTimeout(50)
  }
}
