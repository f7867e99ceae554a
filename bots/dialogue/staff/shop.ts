import { hasCode, KeytillError } from '../../../core/platform/errors.ts'
import { closedText, PROFILE_FIELDS, type Profile, type ProfileField } from '../../../core/profile/model.ts'
import { action } from '../action.ts'
import { shelf } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines } from '../format.ts'
import { problemText } from '../problem.ts'
import { type Button, bold } from '../screen.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'

const NUMBERS: readonly string[] = ['reservation', 'promise', 'link', 'timezone', 'feedback']
/** Those that can be zero. */
const ZERO: readonly string[] = ['timezone', 'feedback']
/** Fields that cannot be empty. */
const NEEDED: readonly string[] = [...NUMBERS, 'name', 'overdue']
/** What buyers read, and how the shop goes about things: a screen each. */
const PARTS = {
  texts: ['name', 'name.zh', 'name.en', 'welcome', 'welcome.zh', 'welcome.en', 'terms', 'terms.zh', 'terms.en'],
  rules: ['reservation', 'promise', 'overdue', 'link', 'timezone', 'quiet', 'feedback'],
} as const satisfies Readonly<Record<string, readonly ProfileField[]>>
type Part = keyof typeof PARTS
const partOf = (field: string | undefined): Part => (PARTS.rules.some((rule) => rule === field) ? 'rules' : 'texts')
const OPEN = ['off', '-', '关', '关闭']
const CLOSED_WITHOUT_TEXT = ['on', '开', '开启']

function shownValue({ t }: Context, profile: Profile, field: ProfileField): string {
  if (field === 'closed') {
    const closed = closedText(profile)
    return closed === undefined ? t.staff.shopIsOpen : t.staff.shopIsClosed(closed)
  }
  return String(profile[field] ?? '') || t.staff.profileEmpty
}

/** One part of the settings, each with its value. */
function settings(context: Context, profile: Profile, part: Part, note?: string): Reply {
  const { t } = context
  const names = t.staff.profileFields
  const rows = PARTS[part].map((field): Button[] => [
    {
      label: label(t.staff.labelled(names[field].name, shownValue(context, profile, field))),
      action: action('s-profile-set', field),
    },
  ])
  const isOpen = closedText(profile) === undefined
  const other = part === 'texts' ? 'rules' : 'texts'
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(t.staff.profileTitle)],
      t.staff.labelled(names.closed.name, shownValue(context, profile, 'closed')),
    ),
    buttons: [
      [
        isOpen
          ? { label: t.staff.closeShop, action: action('s-profile-set', 'closed'), style: 'danger' }
          : { label: t.staff.openShop, action: action('s-open'), style: 'success' },
      ],
      ...rows,
      [
        { label: t.staff.profileParts[other], action: action('s-profile', other) },
        { label: t.staff.personal.retention, action: action('s-retention') },
      ],
      [menuButton(context)],
    ],
  })
}

const known = (field: string): field is ProfileField => (PROFILE_FIELDS as readonly string[]).includes(field)

function askFor(context: Context, field: ProfileField, problem?: string): Reply {
  const { t, profile } = context
  const { name, ask: question } = t.staff.profileFields[field]
  const text = lines(
    problem,
    problem === undefined ? undefined : '',
    [bold(name)],
    t.staff.fieldNow(shownValue(context, profile, field)),
    question,
  )
  return ask(context, 's-profile-set', text, {
    args: [field],
    back: action('s-profile', partOf(field)),
    digits: ZERO.includes(field) ? 'zero' : NUMBERS.includes(field),
  })
}

/** Sets a field and shows its new value; one that does not fit is asked for again, with what would. */
async function change(context: Context, field: string, value: string): Promise<Reply> {
  const { shop, customer, t } = context
  if (!known(field)) throw new KeytillError('profile.field', 'There is no such setting of the shop.')
  const typed = value.trim()
  if (field === 'closed' && CLOSED_WITHOUT_TEXT.includes(typed.toLowerCase()))
    return askFor(context, field, t.staff.closedNeedsText)
  try {
    const profile = await shop.profiles.set(customer.pseudonym, field, storedAs(field, typed))
    return settings(context, profile, partOf(field), changed(context, profile, field))
  } catch (error) {
    if (!hasCode(error, 'profile.value')) throw error
    return askFor(context, field, problemText(t, error))
  }
}

function changed(context: Context, profile: Profile, field: ProfileField): string {
  const { t } = context
  if (field !== 'closed')
    return t.staff.profileSet(t.staff.profileFields[field].name, shownValue(context, profile, field))
  const closed = closedText(profile)
  return closed === undefined ? t.staff.shopOpened : t.staff.shopClosed(closed)
}

/** `-` empties a text; any of the words for it opens the shop. */
function storedAs(field: ProfileField, typed: string): string {
  if (field === 'closed') return OPEN.includes(typed.toLowerCase()) ? 'off' : typed
  if (field === 'overdue') return typed.toLowerCase()
  return typed === '-' && !NEEDED.includes(field) ? '' : typed
}

/** `/shop set field value`; everything else after `/shop` is for the buyer's shelf. */
async function command(context: Context, argument: string): Promise<Reply> {
  const [, word = '', field = '', value = ''] = /^(\S*)\s*(\S*)\s*([\s\S]*)$/.exec(argument) ?? []
  if (word.toLowerCase() !== 'set') return shelf(context)
  const name = field.toLowerCase()
  if (name === '') return settings(context, context.profile, 'texts')
  return value === '' && known(name) ? askFor(context, name) : change(context, name, value)
}

export const shopRoutes: Routes = {
  commands: { shop: command },
  actions: {
    's-profile': async (context, [part]) => settings(context, context.profile, part === 'rules' ? part : 'texts'),
    's-profile-set': async (context, [field = '']) =>
      known(field) ? askFor(context, field) : settings(context, context.profile, 'texts'),
    's-open': (context) => change(context, 'closed', 'off'),
  },
  questions: { 's-profile-set': (context, text, [field = '']) => change(context, field, text) },
}
