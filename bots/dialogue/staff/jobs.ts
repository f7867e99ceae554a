import { spoken } from '../../../core/platform/ids.ts'
import type { DeadJob } from '../../../core/reports/dead-letters.ts'
import type { Shop } from '../../../core/shop.ts'
import { action } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, time } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold, code, type Screen } from '../screen.ts'
import { menuButton } from './menu.ts'

const jobsButton = ({ t }: Pick<Context, 't'>): Button => ({ label: t.staff.jobsButton, action: action('s-jobs', 0) })

/** The jobs that nobody does any more, oldest first; `note` goes above them. */
async function list(context: Context, wanted: number, note?: string): Promise<Reply> {
  const { t, shop } = context
  const found = await shop.deadLetters.list(wanted)
  const title = (job: DeadJob) => t.staff.jobLine(job.id, job.task, job.subject.join(', '))
  const all: Button[][] =
    found.total > 1 ? [[{ label: t.staff.jobsRetryAll(found.total), action: action('s-jobs-retry') }]] : []
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(found.total === 0 ? t.staff.noJobs : t.staff.jobsTitle(found.total))],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
      found.total === 0 ? undefined : t.staff.jobsHint,
    ),
    buttons: [
      ...found.items.map((job): Button[] => [{ label: label(title(job), 60), action: action('s-job', job.id) }]),
      ...pager(context, found, 's-jobs'),
      ...all,
      [menuButton(context)],
    ],
  })
}

/** Shows one that is still there, with what can be done about it. */
async function open(context: Context, id: string, asking = false): Promise<Reply> {
  const { t, shop } = context
  const job = await shop.deadLetters.get(id)
  if (!job) return list(context, 0, t.staff.jobGone)
  const order: Button[] =
    job.orderNo === undefined
      ? []
      : [{ label: t.staff.openOrder(spoken(job.orderNo)), action: action('s-order', job.orderNo) }]
  const drop: Button = asking
    ? { label: t.staff.jobDropYes, action: action('s-job-drop-yes', id), style: 'danger' }
    : { label: t.staff.jobDrop, action: action('s-job-drop', id), style: 'danger' }
  return show({
    text: lines(
      [bold(t.staff.jobTitle(id)), code(job.task)],
      ...job.subject.map((part) => [code(part)]),
      [t.staff.jobError, code(job.error)],
      t.staff.jobAttempts(job.attempts),
      t.staff.jobSince(time(job.since)),
      ...(asking ? ['', t.staff.jobDropAsk] : []),
    ),
    buttons: [
      [{ label: t.staff.jobRetry, action: action('s-job-retry', id), style: 'primary' }, drop],
      [...order, jobsButton(context)],
      [menuButton(context)],
    ],
  })
}

/** Tells staff that jobs have failed for good, as many as there are by now; undefined when somebody has seen to them. */
export async function jobsNotice(shop: Shop, t: Texts): Promise<Screen | undefined> {
  const { total } = await shop.deadLetters.list(0)
  return total === 0 ? undefined : { text: [bold(t.staff.jobsNotice(total))], buttons: [[jobsButton({ t })]] }
}

export const jobRoutes: Routes = {
  commands: { jobs: (context, id) => (id === '' ? list(context, 0) : open(context, id.replace(/^#/, ''))) },
  actions: {
    's-jobs': (context, [page]) => list(context, Number(page)),
    's-job': (context, [id = '']) => open(context, id),
    's-job-retry': async (context, [id = '']) => {
      const { t, shop, customer } = context
      const retried = await shop.deadLetters.retry(customer.pseudonym, id)
      return list(context, 0, retried ? t.staff.jobRetried(id) : t.staff.jobGone)
    },
    's-jobs-retry': async (context) => {
      const { t, shop, customer } = context
      return list(context, 0, t.staff.jobsRetried(await shop.deadLetters.retryAll(customer.pseudonym)))
    },
    's-job-drop': (context, [id = '']) => open(context, id, true),
    's-job-drop-yes': async (context, [id = '']) => {
      const { t, shop, customer } = context
      const dropped = await shop.deadLetters.drop(customer.pseudonym, id)
      return list(context, 0, dropped ? t.staff.jobDropped(id) : t.staff.jobGone)
    },
  },
}
