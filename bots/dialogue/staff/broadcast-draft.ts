import { MOST_PICTURE_BYTES } from '../../../core/catalog/service.ts'
import { LANGUAGES } from '../../../core/customers/model.ts'
import { CONDITIONS, type Condition, type Segment, segmentSchema } from '../../../core/marketing/model.ts'
import { MOST_TEXT } from '../../../core/marketing/policy.ts'
import { hasCode, KeytillError } from '../../../core/platform/errors.ts'
import { parseMoney } from '../../../core/platform/money.ts'
import { action } from '../action.ts'
import { backButton } from '../back.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, languageName, lines } from '../format.ts'
import { problemText } from '../problem.ts'
import type { Button } from '../screen.ts'
import { ask } from './ask.ts'
import { mailingList, mailingOf, mailingPage, segmentText } from './broadcasts.ts'

/** In place of a broadcast's id, while there is none. */
const NEW = 'new'
const NONE = '-'
/** Categories offered as buttons; others are typed. */
const OFFERED = 20

const askText = (context: Context, id: string, problem?: string): Reply =>
  ask(context, 's-mail-text', lines(problem, context.t.staff.broadcasts.askText(MOST_TEXT)), {
    args: [id],
    back: id === NEW ? action('s-mails', 0) : action('s-mail', id),
  })

/** Keeps a text, as a new draft or in one; one that holds a key does not stay in the chat either. */
async function keepText(context: Context, id: string, text: string, picture?: Buffer): Promise<Reply> {
  const { shop, customer, t } = context
  const words = t.staff.broadcasts.problems
  try {
    const draft = id === NEW ? await shop.marketing.draft(customer, text) : Number(id)
    if (id !== NEW) await shop.marketing.setText(customer, draft, text)
    if (picture) await shop.marketing.setPicture(draft, picture)
    return await mailingPage(context, String(draft))
  } catch (error) {
    if (hasCode(error, 'mailing.text')) return askText(context, id, words['mailing.text'](MOST_TEXT))
    if (hasCode(error, 'mailing.keys'))
      return { ...askText(context, id, words['mailing.keys']()), deleteIncoming: true }
    return moved(context, id, error)
  }
}

/** It is no draft any more; any other error goes on. */
function moved(context: Context, id: string, error: unknown): Promise<Reply> {
  if (!hasCode(error, 'mailing.state')) throw error
  return mailingPage(context, id, context.t.staff.broadcasts.moved)
}

const askPicture = (context: Context, id: string, problem?: string): Reply =>
  ask(context, 's-mail-picture', lines(problem, context.t.staff.broadcasts.askPicture), {
    args: [id],
    back: action('s-mail', id),
  })

/** The bytes of the picture that came; undefined when none did. @throws KeytillError `product.picture` */
async function pictureSent({ event: { content } }: Context): Promise<Buffer | undefined> {
  const attachment = content.kind === 'picture' ? content.picture : content.kind === 'file' ? content.file : undefined
  try {
    return await attachment?.load(MOST_PICTURE_BYTES)
  } catch (error) {
    if (!hasCode(error, 'chat.file_too_large')) throw error
    throw new KeytillError('product.picture', error.message)
  }
}

/** A picture that answers the question for one; `-` takes it away. */
async function setPicture(context: Context, id: string, typed = ''): Promise<Reply> {
  const { shop, t } = context
  try {
    const bytes = await pictureSent(context)
    if (!bytes && typed.trim() !== NONE) return askPicture(context, id)
    await shop.marketing.setPicture(Number(id), bytes)
    return await mailingPage(context, id)
  } catch (error) {
    if (hasCode(error, 'product.picture')) return askPicture(context, id, problemText(t, error))
    return moved(context, id, error)
  }
}

const askProduct = (context: Context, id: string, problem?: string): Reply =>
  ask(context, 's-mail-product', lines(problem, context.t.staff.broadcasts.askProduct), {
    args: [id],
    back: action('s-mail', id),
  })

async function setProduct(context: Context, id: string, typed: string): Promise<Reply> {
  const { shop, t, language } = context
  const product = typed.trim() === NONE ? undefined : await shop.catalog.product(typed, language)
  if (!product && typed.trim() !== NONE) return askProduct(context, id, t.staff.broadcasts.noSuchProduct)
  try {
    await shop.marketing.setProduct(Number(id), product?.sku)
  } catch (error) {
    return moved(context, id, error)
  }
  return mailingPage(context, id)
}

/** Whom it is for, and what can be asked of them. */
async function whom(context: Context, id: string): Promise<Reply> {
  const { t, shop } = context
  const words = t.staff.broadcasts
  const mailing = await mailingOf(context, id)
  if (mailing?.state !== 'draft') return mailingPage(context, id)
  const { waiting } = await shop.marketing.reach(mailing.segment)
  const buttons = CONDITIONS.map(
    (condition): Button => ({
      label: `${mailing.segment[condition] === undefined ? '' : '✓ '}${words.conditions[condition].name}`,
      action: action('s-mail-if', id, condition),
    }),
  )
  const rows = Array.from({ length: Math.ceil(buttons.length / 2) }, (_, row) => buttons.slice(row * 2, row * 2 + 2))
  return show({
    text: lines(words.chooseWhom, '', words.whom(await segmentText(context, mailing.segment)), words.reach(waiting)),
    buttons: [...rows, [backButton(t, action('s-mail', id))]],
  })
}

const known = (condition: string): condition is Condition => (CONDITIONS as string[]).includes(condition)

/** Values that are chosen rather than typed. */
async function choices({ t, shop }: Context, condition: Condition): Promise<[value: string, name: string][]> {
  if (condition === 'language') return LANGUAGES.map((name) => [name, languageName[name]])
  if (condition === 'channel') return Object.entries(t.buyer.channels).filter(([name]) => name !== 'link')
  if (condition !== 'category') return []
  return (await shop.catalog.categories()).slice(0, OFFERED).map(({ id, name }) => [String(id), name])
}

async function askCondition(context: Context, id: string, condition: Condition, problem?: string): Promise<Reply> {
  const { t } = context
  const words = t.staff.broadcasts
  const offered = (await choices(context, condition)).map(([value, name]): Button[] => [
    { label: label(name), action: action('s-mail-if', id, condition, value) },
  ])
  return ask(context, 's-mail-if', lines(problem, words.conditions[condition].ask), {
    args: [id, condition],
    back: action('s-mail-whom', id),
    buttons: [...offered, [{ label: words.anyone, action: action('s-mail-if', id, condition, NONE) }]],
  })
}

/** What a condition comes to with this value; undefined when there is no such value. */
async function conditionOf(context: Context, condition: Condition, typed: string): Promise<Segment | undefined> {
  const { shop, language } = context
  const value = typed.normalize('NFKC').trim()
  const parse = (found: unknown) => segmentSchema.safeParse({ [condition]: found }).data
  switch (condition) {
    case 'product': {
      const product = await shop.catalog.product(value, language)
      return product && { product: product.sku }
    }
    case 'category': {
      const found = (await shop.catalog.categories()).find(({ id, name }) => String(id) === value || name === value)
      return found && { category: found.id }
    }
    case 'channel': {
      const found = (await choices(context, 'channel')).find(([name]) => name === value.toLowerCase())
      return found && { channel: found[0] }
    }
    case 'source':
      return (await shop.sources.isKnown(value.toLowerCase())) ? { source: value.toLowerCase() } : undefined
    case 'spent':
      return parse(parseMoney(value, shop.settings.KEYTILL_CURRENCY))
    case 'language':
      return parse(value.toLowerCase())
    default:
      return /^\d{1,4}$/.test(value) ? parse(Number(value)) : undefined
  }
}

async function setCondition(context: Context, id: string, name: string, typed: string | undefined): Promise<Reply> {
  const { shop, t } = context
  const mailing = await mailingOf(context, id)
  if (mailing?.state !== 'draft' || !known(name)) return mailingPage(context, id)
  if (typed === undefined) return askCondition(context, id, name)
  const { [name]: _, ...others } = mailing.segment
  try {
    const value = typed.trim() === NONE ? {} : await conditionOf(context, name, typed)
    if (!value) return await askCondition(context, id, name, t.staff.broadcasts.noSuchValue)
    await shop.marketing.setSegment(mailing.id, { ...others, ...value })
  } catch (error) {
    if (hasCode(error, 'money.malformed')) return askCondition(context, id, name, problemText(t, error))
    return moved(context, id, error)
  }
  return whom(context, id)
}

/** A text begins one; a picture may come with it. */
async function begin(context: Context, text: string): Promise<Reply> {
  try {
    return await keepText(context, NEW, text, await pictureSent(context))
  } catch (error) {
    if (!hasCode(error, 'product.picture')) throw error
    return askText(context, NEW, problemText(context.t, error))
  }
}

/** The picture that was asked for. */
function pictureAnswered(context: Context): Promise<Reply> {
  const [id = ''] = context.session.asked?.args ?? []
  context.session.asked = undefined
  return setPicture(context, id)
}

export const broadcastDraftRoutes: Routes = {
  commands: {
    broadcast: (context, argument) => (argument === '' ? mailingList(context, 0) : begin(context, argument)),
  },
  actions: {
    's-mail-new': async (context) => askText(context, NEW),
    's-mail-text': async (context, [id = '']) => askText(context, id),
    's-mail-picture': async (context, [id = '']) => askPicture(context, id),
    's-mail-product': async (context, [id = '']) => askProduct(context, id),
    's-mail-whom': (context, [id = '']) => whom(context, id),
    's-mail-if': (context, [id = '', condition = '', value]) => setCondition(context, id, condition, value),
  },
  questions: {
    's-mail-text': (context, text, [id = '']) => keepText(context, id, text),
    's-mail-picture': (context, text, [id = '']) => setPicture(context, id, text),
    's-mail-product': (context, text, [id = '']) => setProduct(context, id, text),
    's-mail-if': (context, text, [id = '', condition = '']) => setCondition(context, id, condition, text),
  },
  files: {
    's-mail-picture': pictureAnswered,
    broadcast: begin,
  },
}
