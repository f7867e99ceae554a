import type { Approval } from '../../../core/approvals/model.ts'
import type { Submitted } from '../../../core/approvals/service.ts'
import type { Customer } from '../../../core/customers/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import type { SecurityChange } from '../../../core/security/model.ts'
import { action } from '../action.ts'
import { asBack } from '../back.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, time } from '../format.ts'
import { type Button, bold, type RichText, type Screen } from '../screen.ts'
import { menuButton } from './menu.ts'
import { changeText } from './security-text.ts'

type Words = Pick<Context, 't' | 'language'>

/** What is asked for, in a few words. */
function titleOf({ t, language }: Words, approval: Approval): string {
  const { amount, currency } = approval
  const money = amount === undefined || currency === undefined ? '' : formatMoney(Math.abs(amount), currency, language)
  switch (approval.act) {
    case 'refund':
      return t.staff.actRefund(spoken(approval.request.orderNo), money)
    case 'wallet':
      return t.staff.actWallet(spoken(approval.request.orderNo), money, approval.request.amount > 0)
    case 'export': {
      const { keys, sku, batchId } = approval.request
      return t.staff.actExport(keys, t.staff.exportScope(sku, batchId))
    }
    case 'rotation':
      return t.staff.actRotation(approval.request.version)
    case 'security':
      return t.staff.actSecurity
  }
}

/** The rest of what whoever decides has to know. */
function detail(words: Words, approval: Approval): RichText {
  const { t, language } = words
  if (approval.act === 'security') return lines(...changeText(t, language, approval.request.change as SecurityChange))
  if (approval.act === 'rotation') return [t.staff.rotationWhat]
  const why = t.staff.refundReason(approval.request.reason)
  return approval.act === 'export' ? lines(why, t.staff.exportForGood) : [why]
}

/** What it is about, to be looked at. */
function subjectOf({ t }: Words, approval: Approval): Button[] {
  switch (approval.act) {
    case 'security':
    case 'rotation':
      return []
    case 'export': {
      const { sku, batchId } = approval.request
      const about = batchId === undefined ? action('s-product', sku) : action('s-batch', batchId)
      return [{ label: t.staff.exportScope(sku, batchId), action: about }]
    }
    default: {
      const { orderNo } = approval.request
      return [{ label: t.staff.openOrder(spoken(orderNo)), action: action('s-order', orderNo) }]
    }
  }
}

/** A request, and what this person can do about it. */
export function approvalScreen(words: Words, approval: Approval, customer: Customer, note?: string): Screen {
  const { t } = words
  const { id, state } = approval
  const isOwn = approval.requestedBy === customer.pseudonym
  const asker = approval.requester ?? t.staff.byWhom[approval.requestedBy] ?? t.staff.nameless
  const deeds: Button[] =
    state !== 'waiting'
      ? []
      : isOwn
        ? [{ label: t.staff.approvalWithdraw, action: action('s-approval-back', id) }]
        : [
            { label: t.staff.approvalGrant, action: action('s-approval-yes', id), style: 'success' },
            { label: t.staff.approvalRefuse, action: action('s-approval-no', id), style: 'danger' },
          ]
  return {
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(t.staff.approvalTitle(id))],
      titleOf(words, approval),
      detail(words, approval),
      t.staff.approvalBy(asker, time(approval.requestedAt)),
      state === 'waiting'
        ? t.staff.approvalUntil(time(approval.expiresAt))
        : t.staff.approvalStates[state](approval.decider ?? t.staff.nameless),
      state === 'waiting' && isOwn ? t.staff.approvalWaits : undefined,
    ),
    buttons: [
      deeds,
      [...subjectOf(words, approval), asBack({ label: t.staff.approvalsButton, action: action('s-approvals', 0) })],
    ].filter((row) => row.length > 0),
  }
}

/** What came of asking for an act: done, or the request that waits. */
export async function submitted(context: Context, outcome: Submitted, done: () => Promise<Reply>): Promise<Reply> {
  if ('done' in outcome) return done()
  return one(context, String(outcome.waiting), context.t.staff.approvalNeeded)
}

/** The key of what this event asks for: handled twice, it asks once. */
export const requestKey = ({ channel, event }: Pick<Context, 'channel' | 'event'>): string => `${channel}:${event.id}`

async function one(context: Context, typed: string, note?: string): Promise<Reply> {
  const { t, shop, customer } = context
  const approval = /^\d{1,9}$/.test(typed) ? await shop.approvals.get(Number(typed)) : undefined
  const mayRead = approval?.requestedBy === customer.pseudonym || customer.permissions.has('approvals.decide')
  if (!approval || !mayRead) return show({ text: [t.staff.approvalUnknown], buttons: [[menuButton(context)]] })
  return show(approvalScreen(context, approval, customer, note))
}

/** What waits for a second person. */
async function list(context: Context, wanted: number): Promise<Reply> {
  const { t, shop } = context
  const found = await shop.approvals.waiting(wanted)
  return show({
    text: lines(
      [bold(found.total === 0 ? t.staff.noApprovals : t.staff.approvalsTitle(found.total))],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
    ),
    buttons: [
      ...found.items.map((approval): Button[] => [
        {
          label: label(`#${approval.id} ${titleOf(context, approval)}`, 60),
          action: action('s-approval', approval.id),
        },
      ]),
      ...pager(context, found, 's-approvals'),
      [menuButton(context)],
    ],
  })
}

const decided = async (context: Context, typed: string, decide: (id: number) => Promise<void>): Promise<Reply> => {
  if (/^\d{1,9}$/.test(typed)) await decide(Number(typed))
  return one(context, typed)
}

export const approvalRoutes: Routes = {
  commands: { approvals: (context) => list(context, 0) },
  actions: {
    's-approvals': (context, [page]) => list(context, Number(page)),
    's-approval': (context, [id = '']) => one(context, id),
    's-approval-yes': (context, [id = '']) =>
      decided(context, id, (n) => context.shop.approvals.grant(context.customer, n)),
    's-approval-no': (context, [id = '']) =>
      decided(context, id, (n) => context.shop.approvals.refuse(context.customer, n)),
    's-approval-back': (context, [id = '']) =>
      decided(context, id, (n) => context.shop.approvals.withdraw(context.customer, n)),
  },
}
