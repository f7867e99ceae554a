import type { Claim } from '../../../core/claims/model.ts'
import { CLAIM_MOVES, claimsCsv } from '../../../core/claims/policy.ts'
import type { ComplaintReason } from '../../../core/complaints/model.ts'
import { hasCode } from '../../../core/platform/errors.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { formatMoney, parseMoney } from '../../../core/platform/money.ts'
import { action, numberOf } from '../action.ts'
import { backButton } from '../back.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, time } from '../format.ts'
import { problemText } from '../problem.ts'
import { type Button, bold } from '../screen.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'

const claimsButton = ({ t }: Pick<Context, 't'>): Button => ({
  label: t.staff.claims,
  action: action('s-claims', 0),
  back: true,
})

const costOf = ({ t, language }: Context, { cost, currency }: Claim): string =>
  cost === undefined ? t.staff.claimCostUnknown : formatMoney(cost, currency, language)

/** All suppliers, and what each has to answer. */
async function suppliers(context: Context, wanted: number): Promise<Reply> {
  const { t, shop, language } = context
  const found = await shop.claims.suppliers(wanted)
  const rows = found.items.map(({ id, name, waiting, owed }): Button[] => {
    const sums = owed.map(({ amount, currency }) => formatMoney(amount, currency, language)).join(' + ')
    return [{ label: label(t.staff.claimSupplierLine(name, waiting, sums), 60), action: action('s-supplier', id, 0) }]
  })
  return show({
    text: lines(
      [bold(t.staff.claimsTitle)],
      found.total === 0 ? t.staff.claimsNone : undefined,
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
    ),
    buttons: [...rows, ...pager(context, found, 's-claims'), [menuButton(context)]],
  })
}

async function ofSupplier(context: Context, [typed = '', wanted]: readonly string[]): Promise<Reply> {
  const { t, shop } = context
  const found = await shop.claims.ofSupplier(numberOf(typed), Number(wanted))
  const name = found.items[0]?.supplier
  const rows = found.items.map((claim): Button[] => {
    const line = t.staff.claimLine(claim.id, claim.sku, costOf(context, claim), t.staff.claimStates[claim.state])
    return [{ label: label(line, 60), action: action('s-claim', claim.id) }]
  })
  return show({
    text: lines(
      [bold(name === undefined ? t.staff.claimsOfNone : t.staff.claimsOf(name))],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
    ),
    buttons: [
      ...rows,
      ...pager(context, found, 's-supplier', typed),
      ...(found.total > 0 ? [[{ label: t.staff.claimExport, action: action('s-claims-csv', typed) }]] : []),
      [claimsButton(context), menuButton(context)],
    ],
  })
}

async function exported(context: Context, [typed = '']: readonly string[]): Promise<Reply> {
  const { t, shop } = context
  const all = await shop.claims.all(numberOf(typed))
  const [first] = all
  if (!first) return ofSupplier(context, [typed])
  const file = { name: `claims-${first.supplierId}.csv`, mime: 'text/csv', bytes: Buffer.from(claimsCsv(all)) }
  return { show: [{ screen: { text: [t.staff.claimFile(first.supplier, all.length)], file }, place: 'new' }] }
}

const unknown = (context: Context): Reply =>
  show({ text: [context.t.staff.claimUnknown], buttons: [[claimsButton(context), menuButton(context)]] })

async function page(context: Context, typed: string, note?: string): Promise<Reply> {
  const { t, shop, language } = context
  const claim = await shop.claims.byId(numberOf(typed))
  if (!claim) return unknown(context)
  const { id, cardId, state, amount, currency } = claim
  const words = {
    accepted: { label: t.staff.claimAccept, verb: 's-claim-accept' },
    open: { label: t.staff.claimReopen, verb: 's-claim-reopen' },
    settled: { label: t.staff.claimSettle, verb: 's-claim-settle' },
    refused: { label: t.staff.claimRefuse, verb: 's-claim-refuse' },
  }
  const deeds = CLAIM_MOVES[state].map((to): Button => ({ label: words[to].label, action: action(words[to].verb, id) }))
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(t.staff.claimTitle(id))],
      t.staff.claimState(t.staff.claimStates[state]),
      t.staff.batchSupplier(claim.supplier),
      t.staff.claimKey(String(cardId), claim.sku, claim.batchId),
      t.staff.openOrder(spoken(claim.orderNo)),
      t.buyer.complainReasons[claim.reason as ComplaintReason],
      t.staff.claimCost(costOf(context, claim)),
      amount === undefined ? undefined : t.staff.claimAmount(formatMoney(amount, currency, language)),
      t.staff.claimOpened(time(claim.openedAt)),
      claim.closedAt && t.staff.claimClosed(time(claim.closedAt)),
    ),
    buttons: [
      ...deeds.map((deed) => [deed]),
      [
        { label: t.staff.keyHistory, action: action('s-history', String(cardId), 0) },
        { label: t.staff.claimsOf(claim.supplier), action: action('s-supplier', claim.supplierId, 0) },
      ],
      [menuButton(context)],
    ],
  })
}

/** Moves a claim and shows it; it may have been closed meanwhile. */
async function move(context: Context, typed: string, deed: (id: number) => Promise<boolean>): Promise<Reply> {
  const { t } = context
  return page(context, typed, (await deed(numberOf(typed))) ? t.staff.claimMoved : t.staff.claimFixed)
}

async function askRefuse(context: Context, [typed = '']: readonly string[]): Promise<Reply> {
  const { t, shop } = context
  if (!(await shop.claims.byId(numberOf(typed)))) return unknown(context)
  return show({
    text: [t.staff.claimRefuseAsk],
    buttons: [
      [{ label: t.staff.confirmYes, action: action('s-claim-refuse-yes', typed), style: 'danger' }],
      [backButton(t, action('s-claim', typed))],
    ],
  })
}

async function askAmount(context: Context, typed: string, problem?: string): Promise<Reply> {
  const { t, shop } = context
  const claim = await shop.claims.byId(numberOf(typed))
  if (!claim) return unknown(context)
  return ask(context, 's-claim-settle', lines(problem, t.staff.claimSettleAsk(claim.currency)), {
    args: [typed],
    back: action('s-claim', typed),
    digits: true,
  })
}

async function settle(context: Context, text: string, [typed = '']: readonly string[]): Promise<Reply> {
  const { t, shop, customer } = context
  const claim = await shop.claims.byId(numberOf(typed))
  if (!claim) return unknown(context)
  try {
    const amount = parseMoney(text.trim(), claim.currency)
    if (amount === 0) return askRefuse(context, [typed])
    return await move(context, typed, (id) => shop.claims.settle(customer, id, amount))
  } catch (error) {
    if (!hasCode(error, 'money.malformed')) throw error
    return askAmount(context, typed, problemText(t, error))
  }
}

export const claimRoutes: Routes = {
  commands: { claims: (context) => suppliers(context, 0) },
  actions: {
    's-claims': (context, [wanted]) => suppliers(context, Number(wanted)),
    's-supplier': ofSupplier,
    's-claims-csv': exported,
    's-claim': (context, [id = '']) => page(context, id),
    's-claim-accept': (context, [id = '']) =>
      move(context, id, (claim) => context.shop.claims.move(context.customer, claim, 'accepted')),
    's-claim-reopen': (context, [id = '']) =>
      move(context, id, (claim) => context.shop.claims.move(context.customer, claim, 'open')),
    's-claim-refuse': askRefuse,
    's-claim-refuse-yes': (context, [id = '']) =>
      move(context, id, (claim) => context.shop.claims.refuse(context.customer, claim)),
    's-claim-settle': (context, [id = '']) => askAmount(context, id),
  },
  questions: { 's-claim-settle': settle },
}
