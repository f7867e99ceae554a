import { parseOrderNo, spoken } from '../../../core/platform/ids.ts'
import { action } from '../action.ts'
import { type Context, type Reply, type Routes, show, toast } from '../context.ts'
import { lines } from '../format.ts'
import { bold, type Screen } from '../screen.ts'
import { notFound, orderScreen, own } from './order.ts'

/** The proof that an order was delivered, as a file that can be checked without the shop (SPEC R5). */
async function receipt(context: Context, no: string): Promise<Reply> {
  const { shop, t, can } = context
  const order = await own(context, no)
  if (!order) return notFound(context)
  if (order.deliveredAt === undefined) return orderScreen(context, no, t.buyer.receiptNone)
  const made = await shop.audit.receipt(no)
  // Pressed again, the screen would be the same as before and seem dead.
  if (!made && context.event.content.kind === 'press') return toast(t.buyer.receiptSoon, true)
  if (!made) return orderScreen(context, no, t.buyer.receiptSoon)
  const { PUBLIC_URL } = shop.settings
  const where = can.files ? t.buyer.receiptWhere : t.buyer.receiptPasted
  const screen: Screen = {
    text: lines(
      [bold(t.buyer.receiptOf(spoken(no)))],
      t.buyer.receiptWhat,
      PUBLIC_URL && where(`${PUBLIC_URL}/receipt`),
    ),
    file: {
      name: `keytill-receipt-${no}.json`,
      mime: 'application/json',
      bytes: Buffer.from(`${JSON.stringify(made)}\n`),
    },
    buttons: [[{ label: t.buyer.orderTitle(spoken(no)), action: action('order', no), back: true }]],
  }
  return { show: [{ screen, place: 'new' }] }
}

async function byNumber(context: Context, argument: string): Promise<Reply> {
  if (argument === '') return show({ text: [context.t.buyer.askReceiptNo] })
  const no = parseOrderNo(argument)
  return no === undefined ? notFound(context) : receipt(context, no)
}

export const receiptRoutes: Routes = {
  commands: { receipt: byNumber },
  actions: { receipt: (context, [no = '']) => receipt(context, no) },
}
