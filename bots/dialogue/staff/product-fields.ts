import { MOST_PICTURE_BYTES } from '../../../core/catalog/service.ts'
import { hasCode, KeytillError } from '../../../core/platform/errors.ts'
import { action } from '../action.ts'
import { backButton } from '../back.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { problemText } from '../problem.ts'
import { type Button, bold } from '../screen.ts'
import { ask } from './ask.ts'
import { staffProduct, unknownSku } from './product-page.ts'

type Field = keyof Texts['staff']['productFields']

/** Fields offered as buttons, two a row; what is on or off has its own button on the product's page. */
const OFFERED: readonly Field[] = [
  'name',
  'price',
  'stars',
  'category',
  'description',
  'picture',
  'redeem',
  'validity',
  'support',
  'format',
  'limit',
]
const BY_LANGUAGE = ['name', 'description', 'redeem', 'validity', 'support'] as const
const NUMBERS: readonly string[] = ['price', 'stars', 'limit']

const known = ({ t }: Context, field: string): field is Field => Object.hasOwn(t.staff.productFields, field)

/** What a field is called, `name.en` included. */
function nameOf(context: Context, field: string): string {
  const [base = '', language] = field.split('.')
  if (!known(context, base)) return field
  const { name } = context.t.staff.productFields[base]
  return language === undefined ? name : `${name} (${language})`
}

/** `/product set SKU field value`; without a value it is asked for, without a field that too. */
export async function setField(context: Context, argument: string): Promise<Reply> {
  const [, sku = '', field = '', value = ''] = /^(\S*)\s*(\S*)\s*([\s\S]*)$/.exec(argument) ?? []
  if (sku === '') return show({ text: [context.t.staff.productUsage] })
  if (field === '') return chooseField(context, sku)
  return value === '' ? askField(context, [sku, field.toLowerCase()]) : change(context, sku, field.toLowerCase(), value)
}

async function chooseField(context: Context, sku: string): Promise<Reply> {
  const { t, shop, language } = context
  const product = await shop.catalog.product(sku, language)
  if (!product) return unknownSku(context, sku)
  const rows: Button[][] = []
  for (let i = 0; i < OFFERED.length; i += 2) {
    const pair = OFFERED.slice(i, i + 2)
    rows.push(pair.map((field) => ({ label: nameOf(context, field), action: action('s-field', product.sku, field) })))
  }
  return show({
    text: [bold(t.staff.chooseField(product.name))],
    buttons: [...rows, [backButton(t, action('s-product', product.sku))]],
  })
}

async function askField(context: Context, [sku = '', field = '']: readonly string[], problem?: string): Promise<Reply> {
  const { t, shop, language } = context
  const product = await shop.catalog.product(sku, language)
  if (!product) return unknownSku(context, sku)
  const [base = ''] = field.split('.')
  if (!known(context, base)) throw new KeytillError('product.field', 'There is no such field of a product.')
  const text = lines(
    problem,
    problem === undefined ? undefined : '',
    [bold(`${product.name} · ${nameOf(context, field)}`)],
    t.staff.productFields[base].ask,
    BY_LANGUAGE.some((one) => one === field) ? t.staff.fieldLanguages(product.sku, field) : undefined,
  )
  return ask(context, base === 'picture' ? 's-picture' : 's-field', text, {
    args: [product.sku, field],
    back: action('s-product', product.sku),
    digits: NUMBERS.includes(base),
  })
}

/** Changes a field and shows the product; a value that does not fit is asked for again, with what would. */
async function change(context: Context, sku: string, field: string, value: string): Promise<Reply> {
  const { shop, customer, t, language } = context
  try {
    await shop.catalog.set(customer.pseudonym, sku.toUpperCase(), field, value)
  } catch (error) {
    if (hasCode(error, 'product.unknown')) return unknownSku(context, sku)
    if (!hasCode(error, 'product.value') && !hasCode(error, 'money.malformed')) throw error
    return askField(context, [sku, field], problemText(t, error))
  }
  const product = await shop.catalog.product(sku, language)
  const text = BY_LANGUAGE.find((one) => one === field)
  const isOverruled = product && text !== undefined && value.trim() !== '-' && product[text] !== value.trim()
  const note = t.staff.fieldSet(nameOf(context, field))
  return staffProduct(
    context,
    sku,
    isOverruled ? `${note}\n${t.staff.fieldOverruled(product.sku, field, language)}` : note,
  )
}

/** A picture with `/product set SKU picture` as its caption. */
export async function setPictureByCaption(context: Context, argument: string): Promise<Reply> {
  const [, sku] = /^set\s+(\S+)\s+picture$/i.exec(argument.trim()) ?? []
  context.session.asked = undefined
  if (sku === undefined) return show({ text: [context.t.staff.pictureUsage] })
  return setPicture(context, sku)
}

async function setPicture(context: Context, sku: string): Promise<Reply> {
  const { event, shop, customer, t, language } = context
  const { content } = event
  const attachment = content.kind === 'picture' ? content.picture : content.kind === 'file' ? content.file : undefined
  if (!attachment) return show({ text: [t.staff.pictureUsage] })
  if (!(await shop.catalog.product(sku, language))) return unknownSku(context, sku)
  try {
    await shop.catalog.setPicture(customer.pseudonym, sku.toUpperCase(), await attachment.load(MOST_PICTURE_BYTES))
  } catch (error) {
    if (!hasCode(error, 'product.picture') && !hasCode(error, 'chat.file_too_large')) throw error
    return askField(context, [sku, 'picture'], problemText(t, new KeytillError('product.picture', error.message)))
  }
  return staffProduct(context, sku, t.staff.pictureSet)
}

/** A picture that answers the question for one. */
async function pictureSent(context: Context): Promise<Reply> {
  const [sku = ''] = context.session.asked?.args ?? []
  context.session.asked = undefined
  return setPicture(context, sku)
}

export const productFieldRoutes: Routes = {
  actions: {
    's-change': (context, [sku = '']) => chooseField(context, sku),
    's-field': askField,
  },
  questions: {
    's-field': (context, text, [sku = '', field = '']) => change(context, sku, field, text),
    's-picture': (context, text, [sku = '']) => change(context, sku, 'picture', text),
  },
  files: { 's-picture': pictureSent },
}
