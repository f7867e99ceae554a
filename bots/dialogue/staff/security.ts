import { NEEDED } from '../../../core/approvals/model.ts'
import { hasCode, KeytillError } from '../../../core/platform/errors.ts'
import { parseMoney, STARS } from '../../../core/platform/money.ts'
import { needsSecond, type Security, type SecurityChange, securitySchema } from '../../../core/security/model.ts'
import { action } from '../action.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import { problemText } from '../problem.ts'
import { type Button, bold } from '../screen.ts'
import { requestKey, submitted } from './approvals.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'
import { changeText } from './security-text.ts'

const FIELDS = ['idleLock', 'refund', 'wallet', 'export'] as const
type Field = (typeof FIELDS)[number]
const OFF = ['off', '-', '关', '关闭', '不需要']

const REQUIRED = ['enrolled', 'required'] as const

const isField = (text: string): text is Field => (FIELDS as readonly string[]).includes(text)

/** How the shop is protected, and one's own second factor. */
async function screen(context: Context, note?: string): Promise<Reply> {
  const { t, shop, customer, language } = context
  const security = await shop.security.read()
  const enrolled = await shop.secondFactors.enrolled(customer.id)
  const required = security.secondFactor === 'required'
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(t.staff.securityTitle)],
      ...changeText(t, language, security),
      '',
      t.staff.securityOwn(enrolled ? t.staff.on : t.staff.off),
    ),
    buttons: [
      [{ label: t.staff.factorTitle, action: action('s-factor') }],
      [
        {
          label: required ? t.staff.requireNot : t.staff.requireAll,
          action: action('s-security-required', required ? 'enrolled' : 'required'),
        },
      ],
      ...FIELDS.map((field): Button[] => [
        { label: t.staff.securityFields[field].name, action: action('s-security-ask', field) },
      ]),
      [
        {
          label: security.rotation ? t.staff.rotationOff : t.staff.rotationOn,
          action: action('s-security-rotation', security.rotation ? 'off' : 'on'),
        },
      ],
      [{ label: t.staff.approvalsButton, action: action('s-approvals', 0) }, menuButton(context)],
    ],
  })
}

function askFor(context: Context, field: Field, security: Security, problem?: string): Reply {
  const { t, language } = context
  const now = changeText(t, language, { [field]: security[field] })
  return ask(context, 's-security-set', lines(problem, ...now, '', t.staff.securityFields[field].ask), {
    args: [field],
    back: action('s-security'),
    digits: field === 'export' || 'zero',
  })
}

/**
 * The change that was typed: minutes, from how many keys on, or from how much on, each currency by itself (`500`, `500 XTR`,
 * `off XTR`), or all of them (`0`, `off`).
 * @throws KeytillError `security.value`, `money.malformed`
 */
function changeOf(context: Context, field: Field, typed: string, security: Security): SecurityChange {
  const text = typed.trim()
  if (field === 'idleLock') {
    const minutes = OFF.includes(text.toLowerCase()) ? 0 : Number(/^\d{1,5}$/.exec(text)?.[0] ?? Number.NaN)
    if (!(minutes <= 43_200)) throw new KeytillError('security.value', 'A number of minutes up to 43200, or off.')
    return { idleLock: minutes }
  }
  if (field === 'export') {
    if (OFF.includes(text.toLowerCase())) return { export: null }
    const keys = Number(/^\d{1,7}$/.exec(text.normalize('NFKC'))?.[0] ?? Number.NaN)
    if (!(keys >= 1 && keys <= 1_000_000)) throw new KeytillError('security.value', 'A number of keys, or off.')
    return { export: keys }
  }
  const [, word = '', code = ''] = /^(.*?)\s*([A-Za-z]{3})?$/.exec(OFF.includes(text.toLowerCase()) ? '' : text) ?? []
  if (word === '' && code === '') return { [field]: {} }
  const own = context.shop.settings.KEYTILL_CURRENCY
  if (code === '' && /^0+$/.test(word)) return { [field]: { [own]: 0, [STARS]: 0 } }
  const currency = code === '' ? own : code.toUpperCase()
  if (currency !== STARS && currency !== own)
    throw new KeytillError('security.value', 'The shop does not sell in that currency.')
  const { [currency]: _, ...others } = security[field]
  if (OFF.includes(word.toLowerCase())) return { [field]: others }
  return { [field]: { ...others, [currency]: parseMoney(word, currency) } }
}

/** Whether anybody else could be the second person: else what needs one could never be done, nor be given up again. */
async function hasSecond({ shop, customer }: Context): Promise<boolean> {
  const others = (await shop.customers.staff()).filter(({ id }) => id !== customer.id)
  return others.some(({ permissions }) => permissions.has('approvals.decide') && permissions.has(NEEDED.security))
}

/** A change is made, or waits for a second person when any act of the shop needs one. */
async function change(context: Context, wanted: SecurityChange): Promise<Reply> {
  const { t, shop, customer } = context
  const after = securitySchema.parse({ ...(await shop.security.read()), ...wanted })
  if (needsSecond(after, 'security') && !(await hasSecond(context))) return screen(context, t.staff.secondMissing)
  const outcome = await shop.approvals.submit(customer, 'security', { change: wanted }, requestKey(context))
  return submitted(context, outcome, () => screen(context, t.staff.securitySet))
}

async function set(context: Context, text: string, [field = '']: readonly string[]): Promise<Reply> {
  if (!isField(field)) return screen(context)
  const security = await context.shop.security.read()
  let wanted: SecurityChange
  try {
    wanted = changeOf(context, field, text, security)
  } catch (error) {
    if (!hasCode(error, 'security.value') && !hasCode(error, 'money.malformed')) throw error
    return askFor(context, field, security, problemText(context.t, error))
  }
  return change(context, wanted)
}

/** Has everyone need a second factor. Whoever says so has one, or they would lock themselves out. */
async function require(context: Context, wanted: string): Promise<Reply> {
  const { t, shop, customer } = context
  const secondFactor = REQUIRED.find((one) => one === wanted)
  if (!secondFactor) return screen(context)
  if (secondFactor === 'required' && !(await shop.secondFactors.enrolled(customer.id)))
    return screen(context, t.staff.requireYourself)
  return change(context, { secondFactor })
}

export const securityRoutes: Routes = {
  commands: { security: (context) => screen(context) },
  actions: {
    's-security': (context) => screen(context),
    's-security-required': (context, [wanted = '']) => require(context, wanted),
    's-security-rotation': (context, [wanted]) => change(context, { rotation: wanted === 'on' }),
    's-security-ask': async (context, [field = '']) =>
      isField(field) ? askFor(context, field, await context.shop.security.read()) : screen(context),
  },
  questions: { 's-security-set': set },
}
