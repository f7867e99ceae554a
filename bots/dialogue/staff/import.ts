import type { ProductPage } from '../../../core/catalog/model.ts'
import type { ImportReport } from '../../../core/inventory/model.ts'
import type { ImportTarget } from '../../../core/inventory/service.ts'
import { hasCode, KeytillError } from '../../../core/platform/errors.ts'
import { action } from '../action.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines } from '../format.ts'
import { type Button, bold, type Screen } from '../screen.ts'
import { IMPORT_LINES, questionOf } from '../session.ts'
import { ask } from './ask.ts'
import { findings } from './import-report.ts'
import { menuButton } from './menu.ts'
import { productList } from './products.ts'

const MOST_FILE_BYTES = 20 * 1024 * 1024

/** Under this the preview of an import is remembered, so that there is only ever one of it. */
const subjectOf = (draftId: number): string => `import:${draftId}`

/** `/import SKU`, with lines of keys behind it or after it. */
async function command(context: Context, argument: string): Promise<Reply> {
  const [, sku = '', keys = ''] = /^(\S*)\s*([\s\S]*)$/.exec(argument) ?? []
  if (sku === '') return chooseProduct(context, 0)
  const product = await context.shop.catalog.product(sku, context.language)
  if (!product) return unknown(context, sku)
  return keys.trim() === '' ? goOn(context, product) : pasted(context, product, keys)
}

const chooseProduct = (context: Context, page: number): Promise<Reply> =>
  productList(context, page, { title: () => context.t.staff.importChoose, self: 's-imports', leadsTo: 's-import' })

function unknown(context: Context, sku: string): Reply {
  const { t } = context
  return show({
    text: [t.staff.importUnknown(label(sku, 24))],
    buttons: [[{ label: t.staff.import, action: action('s-imports', 0), back: true }, menuButton(context)]],
  })
}

function askForKeys(context: Context, product: ProductPage, problem?: string): Reply {
  const { t, can } = context
  const text = lines(
    problem,
    problem === undefined ? undefined : '',
    [bold(t.staff.importAsk(product.name, product.sku))],
    t.staff.importFormat(product.format),
    '',
    t.staff.importHow,
    '',
    can.delete ? t.staff.importDeletes : t.staff.importDeleteYourself,
  )
  return ask(context, IMPORT_LINES, text, { args: [product.sku], back: action('s-product', product.sku) })
}

/** Shows the import of this product that is open here, else asks for keys; a `problem` goes above either. */
async function goOn(context: Context, product: ProductPage, problem?: string): Promise<Reply> {
  const { session, t } = context
  const { draft } = session
  if (draft?.sku !== product.sku) return askForKeys(context, product, problem)
  expectMore(context, product.sku)
  try {
    return await preview(context, product, draft.id, 'paste', problem ?? t.staff.importOpen)
  } catch (error) {
    if (!hasCode(error, 'import.gone')) throw error
    return askForKeys(context, product, problem)
  }
}

/** Whether it was meant to choose from a menu that has no such number: nothing so short is a key. */
const isChoice = ({ can }: Context, text: string): boolean =>
  !can.buttons && /^\d{1,2}$/.test(text.normalize('NFKC').trim())

/** What comes next without a command is more of the same import. */
function expectMore(context: Context, sku: string): void {
  context.session.asked = { question: IMPORT_LINES, args: [sku], digits: false }
}

/** Lines of keys: they join the import of this product that is open here, or begin one. */
async function pasted(context: Context, product: ProductPage, keys: string): Promise<Reply> {
  const { shop, customer, event, session } = context
  const { inventory } = shop
  expectMore(context, product.sku)
  const add = (draftId: number) => inventory.addToDraft(customer, draftId, event.id, Buffer.from(keys))
  const before = session.draft?.sku === product.sku ? session.draft.id : undefined
  if (before !== undefined) {
    try {
      await add(before)
      return await preview(context, product, before, 'paste')
    } catch (error) {
      // Confirmed, dropped or forgotten meanwhile: these lines begin another, and what was sent before is not in it.
      if (!hasCode(error, 'import.gone')) throw error
    }
  }
  const id = await inventory.startDraft(customer, product, 'paste')
  session.draft = { id, sku: product.sku }
  await add(id)
  return preview(context, product, id, 'paste', before === undefined ? undefined : context.t.staff.importAnew)
}

/** A file is an import by itself: it may be written in another encoding than what was pasted before. */
async function fileOf(context: Context, product: ProductPage): Promise<Reply> {
  const { shop, customer, event, t } = context
  expectMore(context, product.sku)
  if (event.content.kind !== 'file') return { show: [{ screen: { text: [t.staff.importNotPicture] }, place: 'new' }] }
  const bytes = await event.content.file.load(MOST_FILE_BYTES)
  const id = await shop.inventory.startDraft(customer, product, 'file')
  await shop.inventory.addToDraft(customer, id, event.id, bytes)
  return preview(context, product, id, 'file')
}

/** What the import would do, in place of the preview before it; `note` goes above it. */
async function preview(
  context: Context,
  product: ProductPage,
  id: number,
  source: 'paste' | 'file',
  note?: string,
): Promise<Reply> {
  const { shop, customer, session } = context
  try {
    const report = await shop.inventory.previewDraft(customer, id, targetOf(context))
    const screen = previewScreen(context, product, id, report, source, note)
    return { retract: [subjectOf(id)], show: [{ screen, place: 'new', subject: subjectOf(id) }] }
  } catch (error) {
    if (hasCode(error, 'import.binary')) {
      await shop.inventory.dropDraft(customer, id)
      if (session.draft?.id === id) session.draft = undefined
    }
    throw error
  }
}

function previewScreen(
  { t }: Context,
  product: ProductPage,
  id: number,
  report: ImportReport,
  source: 'paste' | 'file',
  note: string | undefined,
): Screen {
  const words = {
    added: t.staff.previewNew,
    duplicates: t.staff.previewDuplicates,
    malformed: t.staff.previewMalformed,
  }
  const confirm: Button[] =
    report.added > 0
      ? [{ label: t.staff.confirmImport(report.added), action: action('s-import-yes', id), style: 'success' }]
      : []
  return {
    text: lines(
      note,
      [bold(t.staff.previewTitle(product.name, product.sku))],
      findings(t, report, words),
      '',
      report.added === 0 ? t.staff.previewNothing : undefined,
      source === 'paste' ? t.staff.previewMore : undefined,
    ),
    buttons: [
      ...(confirm.length > 0 ? [confirm] : []),
      [{ label: t.staff.dropImport, action: action('s-import-no', id), back: true }],
    ],
  }
}

/** The product a draft is for, as it is now. */
const targetOf =
  ({ shop, language }: Context) =>
  async (sku: string): Promise<ImportTarget> => {
    const product = await shop.catalog.product(sku, language)
    if (!product) throw new KeytillError('product.unknown', `There is no product ${sku}.`)
    return product
  }

/** The number of a draft in a button; 0, which no draft has, for anything else. */
const draftIdOf = (text: string): number => (/^[0-9]{1,9}$/.test(text) ? Number(text) : 0)

async function confirm(context: Context, [draft = '']: readonly string[]): Promise<Reply> {
  const { t, shop, customer, session, language } = context
  const id = draftIdOf(draft)
  const report = await shop.inventory.confirmDraft(customer, id, targetOf(context))
  if (session.draft?.id === id) session.draft = undefined
  const product = await shop.catalog.product(report.sku, language)
  const words = { added: t.staff.resultAdded, duplicates: t.staff.resultDuplicates, malformed: t.staff.resultMalformed }
  return show({
    text: lines([bold(t.staff.resultTitle(product?.name ?? report.sku, report.sku))], findings(t, report, words)),
    buttons: [
      [
        { label: t.staff.importMore, action: action('s-import', report.sku) },
        { label: t.staff.stock, action: action('s-stock', 0) },
      ],
      [menuButton(context)],
    ],
  })
}

async function drop(context: Context, [draft = '']: readonly string[]): Promise<Reply> {
  const { t, shop, customer, session } = context
  const id = draftIdOf(draft)
  await shop.inventory.dropDraft(customer, id)
  if (session.draft?.id === id) session.draft = undefined
  return show({
    text: [t.staff.importDropped],
    buttons: [[{ label: t.staff.import, action: action('s-imports', 0), back: true }, menuButton(context)]],
  })
}

/** Hands the product to what is to be done with it, or says that there is none. */
async function withProduct(
  context: Context,
  sku: string,
  then: (product: ProductPage) => Promise<Reply> | Reply,
): Promise<Reply> {
  const product = await context.shop.catalog.product(sku, context.language)
  return product ? then(product) : unknown(context, sku)
}

export const importRoutes: Routes = {
  commands: { import: command },
  actions: {
    's-imports': (context, [page]) => chooseProduct(context, Number(page)),
    's-import': (context, [sku = '']) => withProduct(context, sku, (product) => goOn(context, product)),
    's-import-yes': confirm,
    's-import-no': drop,
  },
  questions: {
    [IMPORT_LINES]: (context, text, [sku = '']) =>
      withProduct(context, sku, (product) =>
        isChoice(context, text)
          ? goOn(context, product, context.t.staff.importNoChoice)
          : pasted(context, product, text),
      ),
  },
  files: {
    import: (context, sku) => withProduct(context, sku, (product) => fileOf(context, product)),
    [IMPORT_LINES]: (context) => {
      const [sku = ''] = questionOf(context.session)?.args ?? []
      return withProduct(context, sku, (product) => fileOf(context, product))
    },
  },
}
