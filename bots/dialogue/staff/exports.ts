import { skuSchema } from '../../../core/catalog/model.ts'
import { MOST_EXPORTED } from '../../../core/inventory/exporting.ts'
import type { Exportable, ExportScope, KeyExport } from '../../../core/inventory/model.ts'
import { action } from '../action.ts'
import { backButton } from '../back.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, time } from '../format.ts'
import { type Button, bold, type RichText, type Screen } from '../screen.ts'
import { requestKey, submitted } from './approvals.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'
import { unknownSku } from './product-page.ts'

/** Where keys come as messages, not as a file, so many at once. */
const MOST_IN_MESSAGES = 200

const most = ({ can }: Context): number => (can.files ? MOST_EXPORTED : MOST_IN_MESSAGES)
const numberOf = (typed: string): number =>
  /^[0-9]{1,9}$/.test(typed.normalize('NFKC')) ? Number(typed.normalize('NFKC')) : 0
/** In the words of a button: `sku GAME50`, `batch 17`. */
const namesOf = ({ sku, batchId }: Pick<Exportable, 'sku' | 'batchId'>): [string, string] =>
  batchId === undefined ? ['sku', sku] : ['batch', String(batchId)]
const scopeIn = ({ t }: Pick<Context, 't'>, { sku, batchId }: Pick<Exportable, 'sku' | 'batchId'>): string =>
  t.staff.exportScope(sku, batchId)
const back = ({ sku, batchId }: Pick<Exportable, 'sku' | 'batchId'>): string =>
  batchId === undefined ? action('s-product', sku) : action('s-batch', batchId)
const exportsButton = ({ t }: Pick<Context, 't'>): Button => ({
  label: t.staff.exportsButton,
  back: true,
  action: action('s-exports', 0),
})

function scopeOf(kind: string, name: string): ExportScope | undefined {
  if (kind === 'batch') return { batchId: numberOf(name) }
  const sku = skuSchema.safeParse(name)
  return sku.success ? { sku: sku.data } : undefined
}

/** What was asked for so far: from where, how many, why. What is missing is asked for next. */
async function plan(
  context: Context,
  [kind = '', name = '', typed]: readonly string[],
  reason?: string,
): Promise<Reply> {
  const { t, shop } = context
  const scope = scopeOf(kind, name)
  const found = scope && (await shop.exports.exportable(scope))
  if (!found) return kind === 'batch' ? unknownBatch(context) : unknownSku(context, name)
  if (found.available === 0)
    return show({
      text: lines([bold(t.staff.exportTitle(scopeIn(context, found)))], t.staff.exportNone),
      buttons: [[backButton(t, back(found)), exportsButton(context)]],
    })
  if (typed === undefined) return askHowMany(context, found)
  const count = numberOf(typed)
  const limit = Math.min(found.available, most(context))
  if (count < 1 || count > limit) return askHowMany(context, found, t.staff.exportTooMany(limit))
  // It is kept in plain text: a key quoted in it is masked.
  const [why = ''] = reason ? await shop.delivery.conceal([reason.slice(0, 200)], context.customer.id) : []
  const title: RichText = [bold(t.staff.exportTitle(scopeIn(context, found)))]
  const args = [...namesOf(found), String(count)]
  if (why === '')
    return ask(context, 's-export-why', lines(title, t.staff.exportWhy(count)), { args, back: back(found) })
  const yes: Button = { label: t.staff.exportYes(count), action: action('s-export-yes', ...args), style: 'danger' }
  const text = lines(
    title,
    t.staff.exportSure(count),
    t.staff.exportReason(why),
    '',
    t.staff.exportWhich,
    t.staff.exportForGood,
    t.staff.exportTo,
  )
  return ask(context, 's-export-why', text, { args: [...args, why], back: back(found), buttons: [[yes]] })
}

function askHowMany(context: Context, found: Exportable, problem?: string): Reply {
  const { t } = context
  const names = namesOf(found)
  const all = Math.min(found.available, most(context))
  return ask(
    context,
    's-export',
    lines(
      problem,
      [bold(t.staff.exportTitle(scopeIn(context, found)))],
      t.staff.exportAsk(found.available, most(context)),
    ),
    {
      args: names,
      back: back(found),
      digits: true,
      buttons: [[{ label: t.staff.exportAll(all), action: action('s-export', ...names, all) }]],
    },
  )
}

async function confirmed(context: Context, [kind = '', name = '', count = '']: readonly string[]): Promise<Reply> {
  const { t, shop, customer, session, channel } = context
  const args = session.asked?.question === 's-export-why' ? session.asked.args : []
  const [askedKind, askedName, askedCount, reason] = args
  session.asked = undefined
  const isAsked = askedKind === kind && askedName === name && askedCount === count
  const scope = scopeOf(kind, name)
  const found = scope && (await shop.exports.exportable(scope))
  // An old button: its reason was about other keys, or is forgotten.
  if (!isAsked || reason === undefined || !found) return list(context, 0, t.staff.exportAsked)
  const { sku, batchId } = found
  const keys = numberOf(count)
  const request = { sku, ...(batchId === undefined ? {} : { batchId }), keys, reason, channel }
  const key = requestKey(context)
  const outcome = await shop.approvals.submit(customer, 'export', request, key, { keys })
  return submitted(context, outcome, async () => record(context, await shop.exports.made(key), t.staff.exportDone))
}

/** What is kept of an export: never a key. */
async function record(context: Context, made: KeyExport | undefined, note?: string): Promise<Reply> {
  const { t, shop, customer } = context
  if (!made) return show({ text: [t.staff.exportUnknown], buttons: [[exportsButton(context), menuButton(context)]] })
  const again: Button = { label: t.staff.exportAgain, action: action('s-export-file', made.id) }
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(t.staff.exportRecord(made.id))],
      scopeIn(context, made),
      t.staff.exportKeys(made.keys),
      t.staff.exportReason(made.reason),
      t.staff.exportBy(made.byName ?? t.staff.nameless, time(made.at)),
      t.staff.exportSent(made.sentAt && time(made.sentAt)),
    ),
    buttons: [
      ...(shop.exports.isOpenTo(made, customer.pseudonym) ? [[again]] : []),
      [exportsButton(context), menuButton(context)],
    ],
  })
}

/** The keys, opened at this moment for who asked for them. */
export async function exportFile(
  context: Pick<Context, 'shop' | 't' | 'customer' | 'channel'>,
  { id, sku, batchId, keys }: KeyExport,
): Promise<Screen> {
  const { shop, t, customer, channel } = context
  const bytes = await shop.exports.open(id, customer.pseudonym, channel)
  return {
    text: lines([bold(t.staff.exportRecord(id)), ` · ${scopeIn(context, { sku, batchId })}`], t.staff.exportFile(keys)),
    file: { name: `keytill-export-${id}.csv`, mime: 'text/csv', bytes },
    buttons: [[{ label: t.staff.exportRecord(id), action: action('s-exported', id) }]],
    secret: true,
  }
}

async function again(context: Context, typed: string): Promise<Reply> {
  const made = await context.shop.exports.get(numberOf(typed))
  if (!made) return record(context, made)
  const screen = await exportFile(context, made)
  await context.shop.exports.sent(made.id)
  return { show: [{ screen, place: 'new' }] }
}

async function list(context: Context, wanted: number, note?: string): Promise<Reply> {
  const { t, shop } = context
  const found = await shop.exports.list(wanted)
  const rows = found.items.map((made): Button[] => {
    const line = t.staff.exportLine(made.id, scopeIn(context, made), made.keys, made.byName ?? t.staff.nameless)
    return [{ label: label(line, 60), action: action('s-exported', made.id) }]
  })
  return show({
    text: lines(
      note,
      [bold(found.total === 0 ? t.staff.exportsNone : t.staff.exportsTitle(found.total))],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
      t.staff.exportHow,
    ),
    buttons: [...rows, ...pager(context, found, 's-exports'), [menuButton(context)]],
  })
}

const unknownBatch = (context: Context): Reply =>
  show({
    text: [context.t.staff.batchUnknown],
    buttons: [[{ label: context.t.staff.batches, action: action('s-batches', 0) }, menuButton(context)]],
  })

/** `/export GAME50 120 back to the supplier`, `/export batch 17 20`; alone, what was exported so far. */
async function command(context: Context, typed: string): Promise<Reply> {
  if (typed.trim() === '') return list(context, 0)
  const [, batch, sku = '', count, reason] =
    /^(?:(?:batch|批次)\s*#?([0-9]{1,9})|(\S+))(?:\s+([0-9]{1,9})(?!\S))?\s*([\s\S]*)$/i.exec(typed.trim()) ?? []
  const names = batch === undefined ? ['sku', sku] : ['batch', batch]
  return plan(context, count === undefined ? names : [...names, count], reason)
}

export const exportRoutes: Routes = {
  commands: { export: command },
  actions: {
    's-exports': (context, [page]) => list(context, Number(page)),
    's-export': (context, args) => plan(context, args),
    's-export-yes': confirmed,
    's-exported': async (context, [id = '']) => record(context, await context.shop.exports.get(numberOf(id))),
    's-export-file': (context, [id = '']) => again(context, id),
  },
  questions: {
    's-export': (context, text, args) => plan(context, [...args.slice(0, 2), text.trim()]),
    's-export-why': (context, text, args) => plan(context, args.slice(0, 3), text.trim()),
  },
}
