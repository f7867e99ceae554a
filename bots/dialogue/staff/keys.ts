import type { KeyFacts, KeyState } from '../../../core/inventory/model.ts'
import { unitCount } from '../../../core/orders/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { pageOf } from '../../../core/platform/page.ts'
import { action } from '../action.ts'
import { backButton, cancelButton } from '../back.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, time } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { ask } from './ask.ts'
import { findKey } from './key-name.ts'
import { menuButton } from './menu.ts'
import { orderUnknown } from './orders.ts'

const UNITS_PER_PAGE = 8
/** Kept as the reason when staff gave none. */
const BY_STAFF = 'staff'

/** States from which a key can be frozen; it can be voided from these and when it is frozen or expired. */
const IN_TRADE: readonly KeyState[] = ['available', 'reserved', 'sold']
const CAN_BE_VOIDED: readonly KeyState[] = [...IN_TRADE, 'frozen', 'expired']

/** What to do with the key that is named. */
type Deed = 'find' | 'freeze' | 'unfreeze' | 'void' | 'used' | 'unused'

/** A key as staff may see it: what became of it, never its text. */
function keyPage(context: Context, key: KeyFacts, note?: string): Reply {
  const { t } = context
  const id = String(key.cardId)
  const deeds: Button[] = []
  if (IN_TRADE.includes(key.state)) deeds.push({ label: t.staff.freeze, action: action('s-freeze', id) })
  if (key.state === 'frozen') deeds.push({ label: t.staff.unfreeze, action: action('s-unfreeze', id) })
  if (CAN_BE_VOIDED.includes(key.state))
    deeds.push({ label: t.staff.void, action: action('s-void', id), style: 'danger' })
  if (key.state === 'sold') deeds.push({ label: t.staff.keyMarkUsed, action: action('s-used', id) })
  if (key.state === 'used') deeds.push({ label: t.staff.keyMarkUnused, action: action('s-unused', id) })
  const more: Button[] = [
    { label: t.staff.keyHistory, action: action('s-history', id, 0) },
    { label: t.staff.batches, action: action('s-batch', key.batchId) },
    ...(key.orderNo === undefined
      ? []
      : [{ label: t.staff.openOrder(spoken(key.orderNo)), action: action('s-order', key.orderNo) }]),
  ]
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(t.staff.keyTitle(key.sku, id))],
      t.staff.keyState(t.staff.keyStates[key.state]),
      t.staff.keyBatch(key.batchId, time(key.importedAt)),
      key.expiresAt && t.staff.keyExpires(time(key.expiresAt)),
      key.orderNo && t.staff.keyOrder(spoken(key.orderNo)),
      key.reason && t.staff.keyReason(t.staff.markReasons[key.reason] ?? key.reason),
    ),
    buttons: [deeds, more, [{ label: t.staff.keys, action: action('s-key-ask') }, menuButton(context)]].filter(
      (row) => row.length > 0,
    ),
  })
}

function askForKey(context: Context, deed: Deed, problem?: string): Reply {
  const { t, can } = context
  const text = lines(problem ?? t.staff.keyAsk, can.delete ? t.staff.keyAskDeletes : undefined)
  return ask(context, `s-key-${deed}`, text, { back: action('s-menu') })
}

/** Does what is wanted with the key that `text` names. */
async function named(context: Context, deed: Deed, text: string): Promise<Reply> {
  if (text.trim() === '') return askForKey(context, deed)
  const { key, reason: typed, byText } = await findKey(context.shop, text)
  // It is kept in plain text: a key quoted in it is masked.
  const [reason] = typed === undefined ? [] : await context.shop.delivery.conceal([typed], context.customer.id)
  const reply = key ? await done(context, deed, key, reason) : askForKey(context, deed, context.t.staff.keyUnknown)
  return byText ? { ...reply, deleteIncoming: true } : reply
}

/** The key behind a button, looked up again. */
async function pressed(context: Context, deed: Deed, [id = '']: readonly string[]): Promise<Reply> {
  const key = /^[0-9]{1,18}$/.test(id) ? await context.shop.inventory.find({ cardId: BigInt(id) }) : undefined
  return key ? done(context, deed, key, undefined) : askForKey(context, 'find', context.t.staff.keyUnknown)
}

async function done(context: Context, deed: Deed, key: KeyFacts, reason: string | undefined): Promise<Reply> {
  const { shop, customer, t } = context
  const already = t.staff.keyAlready(t.staff.keyStates[key.state])
  switch (deed) {
    case 'find':
      return keyPage(context, key)
    case 'void':
      return CAN_BE_VOIDED.includes(key.state) ? askWhyVoid(context, key) : keyPage(context, key, already)
    case 'freeze': {
      const frozen =
        IN_TRADE.includes(key.state) && (await shop.inventory.freeze(customer.pseudonym, key, reason ?? BY_STAFF))
      const sold = key.state === 'sold' && key.orderNo !== undefined
      const said = sold ? t.staff.keyFrozenSold(spoken(key.orderNo)) : t.staff.keyFrozen
      return again(context, key, frozen ? said : already)
    }
    case 'used': {
      const marked = await shop.inventory.markUsed(customer.pseudonym, key.cardId)
      return again(context, key, marked ? t.staff.keyMarkedUsed : already)
    }
    case 'unused': {
      const unmarked = await shop.inventory.unmarkUsed(customer.pseudonym, key.cardId)
      return again(context, key, unmarked ? t.staff.keyUnmarked : already)
    }
    case 'unfreeze':
      return again(
        context,
        key,
        (await shop.inventory.unfreeze(customer.pseudonym, key)) ? t.staff.keyUnfrozen : t.staff.keyNotFrozen,
      )
  }
}

/** The key as it is now. */
async function again(context: Context, key: KeyFacts, note: string): Promise<Reply> {
  return keyPage(context, (await context.shop.inventory.find({ cardId: key.cardId })) ?? key, note)
}

/** Voiding cannot be undone: it is confirmed by choosing why. */
function askWhyVoid(context: Context, key: KeyFacts): Reply {
  const { t } = context
  const id = String(key.cardId)
  const reasons = Object.entries(t.staff.voidReasons).map(([reason, text]): Button[] => [
    { label: text, action: action('s-void-yes', id, reason), style: 'danger' },
  ])
  return show({
    text: lines(
      [bold(t.staff.keyTitle(key.sku, id))],
      t.staff.voidTitle,
      key.orderNo && t.staff.voidSold(spoken(key.orderNo)),
      '',
      t.staff.voidWhy,
    ),
    buttons: [...reasons, [cancelButton(t, action('s-key', id))]],
  })
}

async function voidKey(context: Context, [id = '', reason = '']: readonly string[]): Promise<Reply> {
  const { shop, customer, t } = context
  const key = /^[0-9]{1,18}$/.test(id) ? await shop.inventory.find({ cardId: BigInt(id) }) : undefined
  if (!key) return askForKey(context, 'find', t.staff.keyUnknown)
  if (!Object.hasOwn(t.staff.voidReasons, reason)) return askWhyVoid(context, key)
  const voided = CAN_BE_VOIDED.includes(key.state) && (await shop.inventory.void(customer.pseudonym, key, reason))
  return again(context, key, voided ? t.staff.keyVoided : t.staff.keyAlready(t.staff.keyStates[key.state]))
}

/** The keys of an order one by one, by their place in it. */
async function units(context: Context, [no = '', wanted = '']: readonly string[]): Promise<Reply> {
  const { t, shop } = context
  const order = await shop.orders.byNo(no)
  if (!order) return orderUnknown(context)
  const total = unitCount(order)
  const names = order.lines.flatMap((line) => Array.from({ length: line.quantity }, () => line.name))
  const { page, pages, skip, take } = pageOf(total, UNITS_PER_PAGE, Number(wanted))
  const shown = names.slice(skip, skip + take).map((name, index) => ({ name, unit: skip + index + 1 }))
  const keys = await Promise.all(shown.map(({ unit }) => shop.inventory.find({ orderNo: order.no, unit })))
  const rows = shown.map(({ name, unit }, index) => {
    const key = keys[index]
    return { key, text: t.staff.unitLine(unit, name, key ? t.staff.keyStates[key.state] : t.staff.unitGone) }
  })
  return show({
    text: lines(
      [bold(t.staff.unitsTitle(spoken(order.no)))],
      pages > 1 ? t.buyer.page(page + 1, pages) : undefined,
      ...rows.filter(({ key }) => !key).map(({ text }) => text),
    ),
    buttons: [
      ...rows.flatMap(({ key, text }): Button[][] =>
        key ? [[{ label: label(text, 60), action: action('s-key', String(key.cardId)) }]] : [],
      ),
      ...pager(context, { items: [], page, pages, total }, 's-units', order.no),
      [backButton(t, action('s-order', order.no))],
    ],
  })
}

export const keyRoutes: Routes = {
  commands: {
    key: (context, text) => named(context, 'find', text),
    freeze: (context, text) => named(context, 'freeze', text),
    unfreeze: (context, text) => named(context, 'unfreeze', text),
    void: (context, text) => named(context, 'void', text),
  },
  actions: {
    's-key-ask': async (context) => askForKey(context, 'find'),
    's-key': (context, args) => pressed(context, 'find', args),
    's-freeze': (context, args) => pressed(context, 'freeze', args),
    's-unfreeze': (context, args) => pressed(context, 'unfreeze', args),
    's-used': (context, args) => pressed(context, 'used', args),
    's-unused': (context, args) => pressed(context, 'unused', args),
    's-void': (context, args) => pressed(context, 'void', args),
    's-void-yes': voidKey,
    's-units': units,
  },
  questions: {
    's-key-find': (context, text) => named(context, 'find', text),
    's-key-freeze': (context, text) => named(context, 'freeze', text),
    's-key-unfreeze': (context, text) => named(context, 'unfreeze', text),
    's-key-void': (context, text) => named(context, 'void', text),
  },
}
