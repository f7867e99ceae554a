import type { Order } from '../../../core/orders/model.ts'
import { hasCode } from '../../../core/platform/errors.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { action } from '../action.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import { problemText } from '../problem.ts'
import { type Button, bold } from '../screen.ts'
import { askForOrder, orderUnknown, staffOrder, standingLines } from './orders.ts'
import { levelName } from './quotas.ts'
import { named } from './review.ts'

/** Lets a buyer's level follow from their figures again. */
const AUTO = 'auto'

/** The buyer of an order, and the levels they can be put on. */
async function choose(context: Context, order: Order | undefined, problem?: string): Promise<Reply> {
  const { t, shop } = context
  if (!order) return orderUnknown(context)
  const [levels, standing] = await Promise.all([shop.quotas.levels(), shop.quotas.standingOf(order.customerId)])
  const choice = (label: string, level: string): Button[] => [{ label, action: action('s-trust-set', order.no, level) }]
  return show({
    text: lines(
      problem,
      [bold(t.staff.trustTitle(spoken(order.no)))],
      ...standingLines(t, standing),
      '',
      t.staff.trustAsk,
    ),
    buttons: [
      ...levels.map(({ name }) => choice(levelName(t, name), name)),
      choice(t.staff.trustAuto, AUTO),
      [{ label: t.staff.openOrder(spoken(order.no)), action: action('s-order', order.no), back: true }],
    ],
  })
}

async function set(context: Context, order: Order | undefined, level: string): Promise<Reply> {
  const { t, shop, customer } = context
  if (!order) return orderUnknown(context)
  try {
    await shop.quotas.trust(customer.pseudonym, order.customerId, level === AUTO ? undefined : level)
  } catch (error) {
    if (!hasCode(error, 'quota.level')) throw error
    return choose(context, order, problemText(t, error))
  }
  return staffOrder(context, order.no, level === AUTO ? t.staff.trustSetAuto : t.staff.trustSet(levelName(t, level)))
}

/** `/trust order`, `/trust order level|auto` */
async function command(context: Context, argument: string): Promise<Reply> {
  if (argument.trim() === '') return askForOrder(context)
  const { order, rest } = await named(context, argument)
  return rest === '' ? choose(context, order) : set(context, order, rest.toLowerCase())
}

export const trustRoutes: Routes = {
  commands: { trust: command },
  actions: {
    's-trust': async (context, [no = '']) => choose(context, await context.shop.orders.byNo(no)),
    's-trust-set': async (context, [no = '', level = '']) => set(context, await context.shop.orders.byNo(no), level),
  },
}
