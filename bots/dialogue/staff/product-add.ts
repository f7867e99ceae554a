import { skuSchema, TEXT_FIELDS } from '../../../core/catalog/model.ts'
import { price as parsePrice } from '../../../core/catalog/policy.ts'
import { hasCode } from '../../../core/platform/errors.ts'
import { action } from '../action.ts'
import type { Context, Reply, Routes } from '../context.ts'
import { lines } from '../format.ts'
import { ask } from './ask.ts'
import { staffProduct } from './product-page.ts'

const QUESTION = 's-add'
const MOST_STARS = 100_000

/** What is asked, in this order; each answer is checked before the next is asked for. */
const STEPS = ['sku', 'name', 'price', 'stars'] as const
type Step = (typeof STEPS)[number]

/** Not for sale in Stars. */
const NO_STARS = ['0', '-', '']

/** `/product add SKU | name | price | stars`; what is missing or does not fit is asked for, the stars may be left out. */
export function addProduct(context: Context, argument: string): Promise<Reply> {
  if (argument === '') return collect(context, [])
  const answers = argument.split(/[|｜]/).map((part) => part.trim())
  return collect(context, answers.length === STEPS.length - 1 ? [...answers, '0'] : answers.slice(0, STEPS.length))
}

/** Checks the answers so far and asks for the first that is missing or does not fit; with all of them, adds the product. */
async function collect(context: Context, answers: readonly string[]): Promise<Reply> {
  for (const [index, step] of STEPS.entries()) {
    const answer = answers[index]
    const problem = answer === undefined ? undefined : await problemOf(context, step, answer)
    if (answer === undefined || problem !== undefined) return askFor(context, step, answers.slice(0, index), problem)
  }
  const [sku = '', name = '', price = '', stars = ''] = answers
  await context.shop.catalog.add(context.customer.pseudonym, {
    sku,
    name,
    price: parsePrice(price, context.shop.settings.KEYTILL_CURRENCY),
    ...(NO_STARS.includes(stars.trim()) ? {} : { stars: Number(stars) }),
  })
  const added = skuSchema.parse(sku)
  return staffProduct(context, added, context.t.staff.productAdded(added))
}

function askFor(context: Context, step: Step, before: readonly string[], problem: string | undefined): Reply {
  const { t, shop } = context
  const sku = (before[0] ?? '').trim().toUpperCase()
  const prompts: Record<Step, string> = {
    sku: t.staff.addSku,
    name: t.staff.addName(sku),
    price: t.staff.addPrice(sku, shop.settings.KEYTILL_CURRENCY),
    stars: t.staff.addStars(sku),
  }
  return ask(context, QUESTION, lines(problem, problem === undefined ? undefined : '', prompts[step]), {
    args: before,
    back: action('s-products', 0),
    digits: step === 'price' || step === 'stars',
  })
}

/** What is wrong with an answer; undefined when it can be used. */
async function problemOf({ t, shop, language }: Context, step: Step, answer: string): Promise<string | undefined> {
  switch (step) {
    case 'sku': {
      const sku = skuSchema.safeParse(answer)
      if (!sku.success) return t.staff.badSku
      return (await shop.catalog.product(sku.data, language)) ? t.staff.skuExists(sku.data) : undefined
    }
    case 'name':
      return TEXT_FIELDS.name.safeParse(answer).success ? undefined : t.staff.badName
    case 'price':
      return isMoney(answer, shop.settings.KEYTILL_CURRENCY) ? undefined : t.staff.badPrice
    case 'stars':
      return isStars(answer) ? undefined : t.staff.badStars
  }
}

function isMoney(text: string, currency: string): boolean {
  try {
    parsePrice(text, currency)
    return true
  } catch (error) {
    if (hasCode(error, 'money.malformed')) return false
    throw error
  }
}

function isStars(text: string): boolean {
  const typed = text.trim()
  if (NO_STARS.includes(typed)) return true
  return /^[0-9]{1,6}$/.test(typed) && Number(typed) >= 1 && Number(typed) <= MOST_STARS
}

export const productAddRoutes: Routes = {
  actions: { [QUESTION]: (context) => collect(context, []) },
  questions: { [QUESTION]: (context, text, args) => collect(context, [...args, text]) },
}
