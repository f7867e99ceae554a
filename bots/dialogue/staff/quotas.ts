import type { TrustLevel } from '../../../core/orders/quota.ts'
import { fieldsOf, type QuotaField } from '../../../core/orders/quotas.ts'
import { hasCode, KeytillError } from '../../../core/platform/errors.ts'
import { action } from '../action.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { problemText } from '../problem.ts'
import { type Button, bold, type RichText } from '../screen.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'

/** What a level of trust is called. */
export const levelName = (t: Texts, level: string): string => t.staff.levelNames[level] ?? level

const figureOf = (level: TrustLevel, field: QuotaField): string =>
  field === 'stockPercent' ? `${level.stockPercent}%` : String(level[field])

/** What buyers of a level may keep unpaid, and who they are. */
function described(t: Texts, level: TrustLevel, all: readonly TrustLevel[]): RichText {
  return lines(
    [bold(t.staff.levelTitle(levelName(t, level.name), level.name))],
    t.staff.levelOpen(level.openOrders, level.openUnits, level.productUnits),
    t.staff.levelStock(level.stockPercent, level.alwaysUnits),
    fieldsOf(level, all).includes('minPaid')
      ? t.staff.levelNeeds(level.minPaid, level.maxExpired)
      : t.staff.levelLowest,
  )
}

const noted = (note: string | undefined): (string | undefined)[] => (note === undefined ? [] : [note, ''])

/** Every level with its figures. */
async function quotas(context: Context, note?: string): Promise<Reply> {
  const { t, shop } = context
  const all = await shop.quotas.levels()
  return show({
    text: lines(
      ...noted(note),
      [bold(t.staff.quotasTitle)],
      t.staff.quotasHint,
      '',
      ...all.map(({ name, ...level }) => lines([bold(levelName(t, name)), t.staff.levelLine(level)])),
    ),
    buttons: [
      all.map(({ name }): Button => ({ label: levelName(t, name), action: action('s-quota', name) })),
      [menuButton(context)],
    ],
  })
}

async function find(context: Context, name: string): Promise<{ level: TrustLevel; all: readonly TrustLevel[] }> {
  const all = await context.shop.quotas.levels()
  const level = all.find((candidate) => candidate.name === name)
  if (!level) throw new KeytillError('quota.level', 'There is no such level.')
  return { level, all }
}

/** One level, and a button for each of its figures. */
async function quota(context: Context, name: string, note?: string): Promise<Reply> {
  const { t } = context
  const { level, all } = await find(context, name)
  const buttons = fieldsOf(level, all).map((field): Button[] => [
    { label: t.staff.quotaFields[field].name, action: action('s-quota-set', name, field) },
  ])
  return show({
    text: lines(...noted(note), described(t, level, all)),
    buttons: [
      ...buttons,
      [{ label: t.staff.quotasButton, action: action('s-quotas'), back: true }, menuButton(context)],
    ],
  })
}

/** A figure of a level, typed in whatever case. */
async function findFigure(
  context: Context,
  name: string,
  typed: string,
): Promise<{ level: TrustLevel; field: QuotaField }> {
  const { level, all } = await find(context, name)
  const field = fieldsOf(level, all).find((candidate) => candidate.toLowerCase() === typed.toLowerCase())
  if (!field) throw new KeytillError('quota.field', 'There is no such figure.')
  return { level, field }
}

async function askValue(context: Context, name: string, typed: string, problem?: string): Promise<Reply> {
  const { t } = context
  const { level, field } = await findFigure(context, name, typed)
  const { name: called, ask: question } = t.staff.quotaFields[field]
  const title = [bold(t.staff.labelled(levelName(t, name), called))]
  return ask(context, 's-quota-set', lines(problem, title, t.staff.fieldNow(figureOf(level, field)), question), {
    args: [name, field],
    back: action('s-quota', name),
    digits: 'zero',
  })
}

async function setValue(context: Context, name: string, typed: string, value: string): Promise<Reply> {
  const { t, shop, customer } = context
  const { field } = await findFigure(context, name, typed)
  try {
    const level = await shop.quotas.set(customer.pseudonym, name, field, value)
    const note = t.staff.quotaSet(levelName(t, name), t.staff.quotaFields[field].name, figureOf(level, field))
    return quota(context, name, note)
  } catch (error) {
    if (!hasCode(error, 'quota.value')) throw error
    return askValue(context, name, field, problemText(t, error))
  }
}

/** `/quotas`, `/quotas level`, `/quotas level figure`, `/quotas level figure value`: what is not known is answered with what is. */
async function command(context: Context, argument: string): Promise<Reply> {
  const [name = '', field = '', ...value] = argument.trim().split(/\s+/)
  const level = name.toLowerCase()
  try {
    if (level === '') return await quotas(context)
    if (field === '') return await quota(context, level)
    if (value.length === 0) return await askValue(context, level, field)
    return await setValue(context, level, field, value.join(' '))
  } catch (error) {
    if (hasCode(error, 'quota.level')) return quotas(context, problemText(context.t, error))
    if (hasCode(error, 'quota.field')) return quota(context, level, problemText(context.t, error))
    throw error
  }
}

export const quotaRoutes: Routes = {
  commands: { quotas: command },
  actions: {
    's-quotas': (context) => quotas(context),
    's-quota': (context, [name = '']) => quota(context, name),
    's-quota-set': (context, [name = '', field = '']) => askValue(context, name, field),
  },
  questions: { 's-quota-set': (context, text, [name = '', field = '']) => setValue(context, name, field, text) },
}
