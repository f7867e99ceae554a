import type { KeyEvent } from '../../../core/inventory/history.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { pageOf } from '../../../core/platform/page.ts'
import { action, numberOf } from '../action.ts'
import { backButton } from '../back.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, time } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold } from '../screen.ts'
import { ask } from './ask.ts'
import { defects } from './complaint-parts.ts'
import { menuButton } from './menu.ts'

const EVENTS_PER_PAGE = 12

/** What happened, to what, by whom. */
function eventLine(t: Texts, event: KeyEvent): string {
  const by = event.by === undefined ? undefined : (t.staff.byWhom[event.by] ?? event.by)
  return t.staff.keyHistoryLine(time(event.at), t.staff.keyHappened[event.what], detailOf(t, event), by)
}

function detailOf(t: Texts, event: KeyEvent): string {
  switch (event.what) {
    case 'imported':
      return [
        t.staff.batchTitle(event.batchId, t.staff.batchSources[event.source] ?? event.source),
        ...(event.supplier === undefined ? [] : [event.supplier]),
      ].join(' · ')
    case 'ordered':
    case 'paid':
      return t.staff.openOrder(spoken(event.orderNo))
    case 'revealed':
      return `${t.staff.openOrder(spoken(event.orderNo))} · ${t.buyer.channels[event.channel] ?? event.channel}`
    case 'complained':
    case 'replaced':
    case 'refunded':
    case 'rejected':
    case 'withdrawn':
      return t.staff.ticketTitle(event.ticketId)
    case 'replaces':
    case 'replaced_by':
      return `#${event.cardId}`
    default:
      return event.reason === undefined ? '' : (t.staff.markReasons[event.reason] ?? event.reason)
  }
}

/** All that ever happened to a key, oldest first. */
async function history(context: Context, [id = '', wanted]: readonly string[]): Promise<Reply> {
  const { t, shop } = context
  const events = /^[0-9]{1,18}$/.test(id) ? await shop.inventory.history(BigInt(id)) : []
  const { page, pages, skip, take } = pageOf(events.length, EVENTS_PER_PAGE, Number(wanted))
  const others = events.flatMap((event): Button[] =>
    event.what === 'replaces' || event.what === 'replaced_by'
      ? [{ label: `🔑 #${event.cardId}`, action: action('s-key', String(event.cardId)) }]
      : [],
  )
  return show({
    text: lines(
      [bold(events.length === 0 ? t.staff.keyUnknown : t.staff.keyHistoryTitle(id))],
      pages > 1 ? t.buyer.page(page + 1, pages) : undefined,
      ...events.slice(skip, skip + take).map((event) => eventLine(t, event)),
    ),
    buttons: [
      ...pager(context, { items: [], page, pages, total: events.length }, 's-history', id),
      ...(others.length > 0 ? [others.slice(0, 4)] : []),
      [backButton(t, action('s-key', id)), menuButton(context)],
    ],
  })
}

async function list(context: Context, wanted: number): Promise<Reply> {
  const { t, shop } = context
  const found = await shop.inventory.batches(wanted)
  const rows = found.items.map(({ id, sku, keys, supplier }): Button[] => [
    { label: label(t.staff.batchLine(id, sku, keys, supplier ?? undefined), 60), action: action('s-batch', id) },
  ])
  return show({
    text: lines(
      [bold(found.total === 0 ? t.staff.batchesNone : t.staff.batchesTitle(found.total))],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
    ),
    buttons: [...rows, ...pager(context, found, 's-batches'), [menuButton(context)]],
  })
}

const unknown = (context: Context): Reply =>
  show({
    text: [context.t.staff.batchUnknown],
    buttons: [[{ label: context.t.staff.batches, action: action('s-batches', 0), back: true }, menuButton(context)]],
  })

/** A batch: where it is from, how its keys stand, and how many of them did not work. */
async function page(context: Context, typed: string, note?: string): Promise<Reply> {
  const { t, shop } = context
  const id = numberOf(typed)
  const batch = await shop.inventory.batch(id)
  if (!batch) return unknown(context)
  const { supplier, importedBy } = batch
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(t.staff.batchTitle(id, batch.sku))],
      supplier ? t.staff.batchSupplier(supplier.name) : t.staff.batchNoSupplier,
      t.staff.batchImported(
        t.staff.byWhom[importedBy] ?? importedBy,
        time(batch.importedAt),
        t.staff.batchSources[batch.source] ?? batch.source,
      ),
      '',
      ...batch.states.map(({ state, keys }) => t.staff.batchState(t.staff.keyStates[state], keys)),
      t.staff.batchRate(defects(t, await shop.complaints.batchRate(id))),
    ),
    buttons: [
      [
        { label: t.staff.batchKeys, action: action('s-batch-keys', id, 0) },
        { label: t.staff.batchSetSupplier, action: action('s-batch-supplier', id) },
      ],
      ...(batch.states.some(({ state }) => state === 'available')
        ? [[{ label: t.staff.exportButton, action: action('s-export', 'batch', id) }]]
        : []),
      ...(supplier ? [[{ label: t.staff.claimsOf(supplier.name), action: action('s-supplier', supplier.id, 0) }]] : []),
      [{ label: t.staff.batches, action: action('s-batches', 0), back: true }, menuButton(context)],
    ],
  })
}

async function keys(context: Context, [typed = '', wanted]: readonly string[]): Promise<Reply> {
  const { t, shop } = context
  const found = await shop.inventory.batchKeys(numberOf(typed), Number(wanted))
  const rows = found.items.map(({ cardId, state }): Button[] => [
    { label: `#${cardId} · ${t.staff.keyStates[state]}`, action: action('s-key', String(cardId)) },
  ])
  return show({
    text: lines(
      [bold(t.staff.batchTitle(numberOf(typed), ''))],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
    ),
    buttons: [...rows, ...pager(context, found, 's-batch-keys', typed), [backButton(t, action('s-batch', typed))]],
  })
}

function askSupplier(context: Context, [typed = '']: readonly string[]): Reply {
  const id = numberOf(typed)
  return ask(context, 's-batch-supplier', context.t.staff.batchAskSupplier(id), {
    args: [String(id)],
    back: action('s-batch', id),
  })
}

async function setSupplier(context: Context, text: string, [typed = '']: readonly string[]): Promise<Reply> {
  const { t, shop, customer } = context
  const saved = await shop.claims.setSupplier(customer, numberOf(typed), text)
  return page(context, typed, saved ? t.staff.batchSupplierSet : t.staff.batchSupplierFixed)
}

export const batchRoutes: Routes = {
  commands: { batch: (context, text) => (text === '' ? list(context, 0) : page(context, text.replace(/^#/, ''))) },
  actions: {
    's-history': history,
    's-batches': (context, [wanted]) => list(context, Number(wanted)),
    's-batch': (context, [id = '']) => page(context, id),
    's-batch-keys': keys,
    's-batch-supplier': async (context, args) => askSupplier(context, args),
  },
  questions: { 's-batch-supplier': setSupplier },
}
