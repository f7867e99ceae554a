import { beforeEach, expect, it } from 'vitest'
import { minutes } from '../../../core/platform/clock.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeEach(async () => {
  stand = await openShop({ owners: 'test:boss,test:clerk' })
})

/** A job that has used up its attempts; returns its id. */
async function dead(payload: object, task = 'notice:test', error: string | null = 'telegram.refused'): Promise<string> {
  const [job] = await stand.rows<{ id: bigint }>(
    `SELECT (graphile_worker.add_job($1, $2::json, job_key := gen_random_uuid()::text)).id`,
    [task, JSON.stringify(payload)],
  )
  const id = String(job?.id)
  await stand.rows(`SELECT FROM graphile_worker.permanently_fail_jobs(ARRAY[$1::bigint], $2)`, [id, error])
  return id
}

const jobs = () =>
  stand.rows<{ id: bigint; attempts: number; payload: unknown }>(
    'SELECT id, attempts, payload FROM graphile_worker._private_jobs ORDER BY id',
  )
const letters = () => stand.shop.deadLetters

it('lists what has used up its attempts, by ids only', async () => {
  const to = { customerId: 1, channel: 'test', chat: 'chat-secret' }
  const first = await dead({ kind: 'order', to, event: 'delivered', orderNo: 'K7MQ4XD2' })
  await dead({ refundId: '7' }, 'refund', 'Unsupported task: "x"\nwith KEY-SECRET')
  await dead([
    { kind: 'sales', to, orderNos: ['K7MQ4XD2'] },
    { kind: 'sales', to, orderNos: ['K7MQ4XD3'] },
  ])
  await dead(['K7MQ4XD4'], 'notify_sales')
  await dead({ orderNo: 'not an id: KEY SECRET' })
  await stand.rows(`SELECT graphile_worker.add_job('waiting', job_key := 'w')`)
  await stand.rows(`UPDATE graphile_worker._private_jobs SET key = NULL WHERE id = $1`, [
    await dead({ refundId: '8' }, 'replaced'),
  ])
  const { items, total } = await letters().list(0)
  expect(total).toBe(5)
  expect(items.map(({ task, subject, orderNo, error }) => [task, subject, orderNo, error])).toEqual([
    ['notice:test', ['event delivered', 'orderNo K7MQ4XD2'], 'K7MQ4XD2', 'telegram.refused'],
    ['refund', ['refundId 7'], undefined, 'failed'],
    ['notice:test', ['orderNo K7MQ4XD2', '+1'], 'K7MQ4XD2', 'telegram.refused'],
    ['notify_sales', ['orderNo K7MQ4XD4'], 'K7MQ4XD4', 'telegram.refused'],
    ['notice:test', [], undefined, 'telegram.refused'],
  ])
  expect(JSON.stringify(items)).not.toMatch(/secret/i)
  expect(await letters().get(first)).toEqual(items[0])
  for (const none of ['0', 'x', '', '99999999999999999999']) expect(await letters().get(none)).toBeUndefined()
  expect((await letters().list(1)).page).toBe(0)
})

it('has one done again, or all of them, and tells the audit log who wanted it', async () => {
  const [first, second, third] = [await dead({ paymentId: '1' }), await dead({}), await dead({})]
  expect(await letters().retry('anna', first ?? '')).toBe(true)
  expect(await letters().retry('anna', first ?? '')).toBe(false)
  expect(await letters().retryAll('anna')).toBe(2)
  expect(await letters().retryAll('anna')).toBe(0)
  expect((await jobs()).map(({ id, attempts }) => [String(id), attempts])).toEqual([
    [first, 0],
    [second, 0],
    [third, 0],
  ])
  expect(
    await stand.rows(`SELECT actor, action, subject, data FROM audit_entry WHERE actor = 'anna' ORDER BY id`),
  ).toEqual([
    {
      actor: 'anna',
      action: 'job.retried',
      subject: `job:${first}`,
      data: { task: 'notice:test', about: ['paymentId 1'], error: 'telegram.refused' },
    },
    { actor: 'anna', action: 'jobs.retried', subject: 'jobs', data: { jobs: 2 } },
  ])
})

it('drops one for good, and none that is not dead', async () => {
  const id = await dead({})
  const [alive] = await stand.rows<{ id: bigint }>(`SELECT (graphile_worker.add_job('x', job_key := 'x')).id`)
  expect(await letters().drop('anna', String(alive?.id))).toBe(false)
  expect(await letters().drop('anna', id)).toBe(true)
  expect(await letters().drop('anna', id)).toBe(false)
  expect((await jobs()).map((job) => job.id)).toEqual([alive?.id])
  expect(
    await stand.rows(`SELECT FROM audit_entry WHERE action = 'job.dropped' AND subject = 'job:${id}'`),
  ).toHaveLength(1)
})

const notices = () =>
  stand.rows<{ payload: { minute: string }; due: Date }>(
    `SELECT payload, run_at AS due FROM graphile_worker._private_jobs WHERE key = 'dead-jobs'`,
  )

it('tells staff of each once, and at most once a minute', async () => {
  await letters().tell()
  expect(await notices()).toEqual([])
  for (let i = 0; i < 3; i++) await dead({ i })
  await letters().tell()
  await dead({}, 'refund', null)
  const beside = await openShop({ beside: stand })
  await Promise.all([letters().tell(), beside.shop.deadLetters.tell()])
  const minute = new Date('2026-06-01T08:01:00Z')
  expect(await notices()).toEqual([{ payload: { kind: 'jobs', minute: minute.toISOString() }, due: minute }])
  expect((await letters().list(0)).items.map(({ error }) => error)).toEqual([
    'telegram.refused',
    'telegram.refused',
    'telegram.refused',
    'failed',
  ])

  await stand.rows(`DELETE FROM graphile_worker._private_jobs WHERE key = 'dead-jobs'`)
  stand.clock.advance(minutes(1))
  await letters().tell()
  expect(await notices(), 'nothing new').toEqual([])
  await dead({ kind: 'jobs', minute: 'x' })
  await letters().tell()
  expect(await notices(), 'a notice of jobs is no news').toEqual([])
})

it('tells of a job again that has failed again', async () => {
  const id = await dead({})
  await letters().tell()
  await stand.rows(`DELETE FROM graphile_worker._private_jobs WHERE key = 'dead-jobs'`)
  await letters().retry('anna', id)
  await stand.rows(
    `UPDATE graphile_worker._private_jobs SET attempts = max_attempts, last_error = 'telegram.refused' WHERE id = $1`,
    [id],
  )
  await letters().tell()
  expect(await notices()).toHaveLength(1)
})

it('reaches staff as one notice each', async () => {
  const [boss, clerk] = [await stand.meet({ id: 'boss' }), await stand.meet({ id: 'clerk' })]
  for (let i = 0; i < 20; i++) await dead({ i }, 'nobody')
  await letters().tell()
  await stand.work()
  const to = (chat: string) => (notice: { kind: string; to: { chat: string } }) =>
    notice.kind === 'jobs' && notice.to.chat === chat
  await stand.told.notice(to(boss.chat))
  await stand.told.notice(to(clerk.chat))
  expect(stand.told.notices.filter(({ kind }) => kind === 'jobs')).toHaveLength(2)
})
