import { recordAudit } from '../audit/service.ts'
import { tellStaffOfDeadJobs } from '../notifications/service.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import { type Page, pageOf } from '../platform/page.ts'

/** A job that has used up its attempts: nobody does it any more unless staff say so. */
export interface DeadJob {
  readonly id: string
  readonly task: string
  /** what it was about, by ids only: `orderNo K7MQ4XD2` */
  readonly subject: readonly string[]
  /** the order it was about, if any */
  readonly orderNo: string | undefined
  /** the code of its last error */
  readonly error: string
  readonly attempts: number
  readonly since: Date
}

export interface DeadLetters {
  /** Oldest first. */
  list(page: number): Promise<Page<DeadJob>>
  get(id: string): Promise<DeadJob | undefined>
  /** Has it done again from the first attempt on; false when it is not there any more. */
  retry(actor: string, id: string): Promise<boolean>
  /** The same for all there are; returns how many. */
  retryAll(actor: string): Promise<number>
  /** Forgets it; false when it is not there any more. */
  drop(actor: string, id: string): Promise<boolean>
  /** Tells staff, at most once a minute however many there are, when there are some that they have not been told of. */
  tell(): Promise<void>
}

const PER_PAGE = 6

/** One without a key was replaced by another, and is about to be forgotten (see platform/job-locks.ts). */
const DEAD = `locked_at IS NULL AND attempts >= max_attempts AND key IS NOT NULL`
const JOB = `SELECT j.id, t.identifier AS task, j.payload, j.last_error, j.attempts, j.created_at
  FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id`
const COUNT = statement('dead-count', `SELECT count(*)::int AS total FROM graphile_worker._private_jobs WHERE ${DEAD}`)
const LIST = statement('dead-list', `${JOB} WHERE ${DEAD} ORDER BY j.id LIMIT $1 OFFSET $2`)
const GET = statement('dead-get', `${JOB} WHERE j.id = $1 AND ${DEAD}`)
const GET_LOCKED = statement('dead-lock', `${JOB} WHERE j.id = $1 AND ${DEAD} FOR UPDATE OF j`)
const RETRY = statement(
  'dead-retry',
  `SELECT FROM graphile_worker.reschedule_jobs(ARRAY[$1::bigint], run_at := now(), attempts := 0)`,
)
const RETRY_ALL = statement(
  'dead-retry-all',
  `SELECT FROM graphile_worker.reschedule_jobs(
     (SELECT coalesce(array_agg(id), '{}') FROM graphile_worker._private_jobs WHERE ${DEAD}), run_at := now(), attempts := 0)`,
)
const DROP = statement('dead-drop', `SELECT FROM graphile_worker.complete_jobs(ARRAY[$1::bigint])`)

/** Stands behind the code of a job that staff were told of; a job that fails again loses it. */
const TOLD = ' told'
/** A notice of dead jobs that could not be sent is no news: or one would beget the next. */
const MARK_TOLD = statement(
  'dead-mark-told',
  `WITH news AS (
     SELECT id, last_error FROM graphile_worker._private_jobs
     WHERE ${DEAD} AND coalesce(last_error, '') NOT LIKE '%${TOLD}' AND payload ->> 'kind' IS DISTINCT FROM 'jobs'
     ORDER BY id LIMIT 10000 FOR UPDATE SKIP LOCKED)
   SELECT count(*)::int AS news FROM news, graphile_worker.permanently_fail_jobs(ARRAY[news.id], coalesce(news.last_error, 'failed') || '${TOLD}')`,
)

interface Row {
  readonly id: bigint
  readonly task: string
  readonly payload: unknown
  readonly last_error: string | null
  readonly attempts: number
  readonly created_at: Date
}

/** What of a payload may be shown: ids and kinds, as far as they look like it. */
const SHOWN = ['event', 'orderNo', 'paymentId', 'refundId', 'ticketId', 'messageId', 'date'] as const
const ID = /^[\w-]{1,40}$/

/** Of a list of sales the first order: `orderNos` of a notice, or the payload itself. */
function idIn(payload: unknown, name: (typeof SHOWN)[number]): string {
  if (typeof payload === 'string') return name === 'orderNo' ? payload : ''
  const { [name]: value, orderNos } = (payload ?? {}) as Readonly<Record<string, unknown>>
  return String(value ?? (name === 'orderNo' && Array.isArray(orderNos) ? orderNos[0] : ''))
}

function jobOf({ id, task, payload, last_error, attempts, created_at }: Row): DeadJob {
  const [first, ...others]: readonly unknown[] = Array.isArray(payload) ? payload : [payload]
  const shown = SHOWN.map((name) => [name, idIn(first, name)] as const).filter(([, value]) => ID.test(value))
  const error = (last_error ?? '').replace(new RegExp(`${TOLD}$`), '')
  return {
    id: String(id),
    task,
    subject: [...shown.map((pair) => pair.join(' ')), ...(others.length > 0 ? [`+${others.length}`] : [])],
    orderNo: shown.find(([name]) => name === 'orderNo')?.[1],
    // Whatever is not a code is the library's: it may repeat more than staff should read.
    error: /^[a-z][a-z0-9_.]*$/.test(error) ? error : 'failed',
    attempts,
    since: created_at,
  }
}

const isId = (id: string): boolean => /^\d{1,18}$/.test(id)

export function createDeadLetters(db: Database, clock: Clock): DeadLetters {
  /** Does something to one that is still there, and tells the audit log. */
  async function act(actor: string, id: string, action: string, deed: (sql: Sql) => Promise<unknown>) {
    if (!isId(id)) return false
    return db.transaction(async (sql) => {
      const [row] = await sql.rows<Row>(GET_LOCKED, [id])
      if (!row) return false
      await deed(sql)
      const { task, subject, error } = jobOf(row)
      await recordAudit(sql, clock(), { actor, action, subject: `job:${id}`, data: { task, about: subject, error } })
      return true
    })
  }
  return {
    async list(wanted) {
      const total = (await db.rows<{ total: number }>(COUNT))[0]?.total ?? 0
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      return { items: (await db.rows<Row>(LIST, [take, skip])).map(jobOf), page, pages, total }
    },
    async get(id) {
      const [row] = isId(id) ? await db.rows<Row>(GET, [id]) : []
      return row && jobOf(row)
    },
    retry: (actor, id) => act(actor, id, 'job.retried', (sql) => sql.rows(RETRY, [id])),
    retryAll: (actor) =>
      db.transaction(async (sql) => {
        const { length } = await sql.rows(RETRY_ALL)
        if (length > 0)
          await recordAudit(sql, clock(), { actor, action: 'jobs.retried', subject: 'jobs', data: { jobs: length } })
        return length
      }),
    drop: (actor, id) => act(actor, id, 'job.dropped', (sql) => sql.rows(DROP, [id])),
    tell: () =>
      db.transaction(async (sql) => {
        const [marked] = await sql.rows<{ news: number }>(MARK_TOLD)
        if (marked && marked.news > 0) await tellStaffOfDeadJobs(sql, clock())
      }),
  }
}
