import { after, hours } from '../../../core/platform/clock.ts'
import { hasCode } from '../../../core/platform/errors.ts'
import type { Block, BlockKind, Whom } from '../../../core/risk/model.ts'
import type { Ticket } from '../../../core/support/model.ts'
import { action, numberOf } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, time } from '../format.ts'
import { TEXTS, type Texts } from '../locales/texts.ts'
import { problemText } from '../problem.ts'
import { type Button, bold } from '../screen.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'
import { blockedName, blockLines, buyerButton, until, whomName, whomOf } from './whom.ts'

const MOST_REASON = 200
/** For how many days somebody may be blocked; 0: until it is lifted. */
const TERMS = [1, 7, 30, 0] as const
const KINDS: readonly BlockKind[] = ['customer', 'account', 'payer', 'phone']

const listButton = ({ t }: Pick<Context, 't'>): Button => ({
  label: t.staff.blockedButton,
  action: action('s-blocked', 0),
  back: true,
})

const tooLong = ({ t }: Context, text: string): string | undefined =>
  [...text].length > MOST_REASON ? t.staff.reasonTooLong : undefined

/** What staff may decide about an appeal. */
export function appealButtons(t: Texts, ticket: Ticket, blocks: readonly Block[]): Button[][] {
  if (ticket.state === 'closed') return []
  return [
    ...blocks
      .slice(0, 3)
      .map(({ id }): Button[] => [
        { label: t.staff.unblockButton(id), action: action('s-unblock', id, ticket.id), style: 'success' },
      ]),
    [{ label: t.staff.keepButton, action: action('s-keep', ticket.id), style: 'danger' }],
  ]
}

async function list(context: Context, wanted: number, whom?: Whom): Promise<Reply> {
  const { t, shop } = context
  const found = await shop.risk.blocklist.list(wanted, whom)
  const title =
    found.total === 0
      ? whom
        ? t.staff.notBlocked(await whomName(shop, t, whom))
        : t.staff.noBlocked
      : t.staff.blockedTitle(found.total)
  return show({
    text: lines(
      [bold(title)],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
      ...(await blockLines(shop, t, found.items)),
      '',
      t.staff.blockHint,
    ),
    buttons: [
      ...(await Promise.all(
        found.items.map(
          async (block): Promise<Button[]> => [
            {
              label: label(`${block.id} · ${await blockedName(shop, t, block)}`),
              action: action('s-blocked-one', block.id),
            },
          ],
        ),
      )),
      ...(whom ? [] : pager(context, found, 's-blocked')),
      [menuButton(context)],
    ],
  })
}

/** One entry of the list. */
async function one(context: Context, id: number, note?: string): Promise<Reply> {
  const { t, shop } = context
  const block = await shop.risk.blocklist.get(id)
  if (!block)
    return show({ text: lines(note ?? t.staff.blockGone), buttons: [[listButton(context), menuButton(context)]] })
  const buyer = block.customerId === undefined ? [] : [buyerButton({ t }, block.customerId)]
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(t.staff.blockTitle(block.id))],
      await blockedName(shop, t, block),
      t.staff.blockReason(block.reason),
      t.staff.blockBy(block.byName ?? t.staff.nameless, time(block.at)),
      until(t, block),
    ),
    buttons: [
      [{ label: t.staff.unblockButton(block.id), action: action('s-unblock', block.id) }, ...buyer],
      [listButton(context), menuButton(context)],
    ],
  })
}

/** Asks why, and for how long once that is told: the reason waits in the question, never in the button. */
async function block(context: Context, whom: Whom, typed: string): Promise<Reply> {
  const { t, shop } = context
  const customerId = whom.kind === 'customer' ? Number(whom.value) : undefined
  if (customerId !== undefined && !(await shop.customers.get(customerId))) return unknown(context)
  // Keys that the reason quotes are masked: it is kept as it is.
  const [reason = ''] =
    customerId === undefined ? [typed.trim()] : await shop.delivery.conceal([typed.trim()], customerId)
  const problem = tooLong(context, reason)
  const name = await whomName(shop, t, whom)
  const back = customerId === undefined ? action('s-blocked', 0) : action('s-buyer', customerId)
  const about = [whom.kind, whom.value]
  if (reason === '' || problem !== undefined)
    return ask(context, 's-block', lines(problem, t.staff.blockAsk(name)), { args: about, back })
  const text = lines([bold(t.staff.blockTerm(name))], t.staff.blockReason(reason))
  const terms = TERMS.map((days): Button => ({ label: t.staff.blockTerms(days), action: action('s-block-for', days) }))
  return ask(context, 's-block', text, { args: [...about, reason], back, buttons: [terms.slice(0, 2), terms.slice(2)] })
}

async function blockFor(context: Context, days: number): Promise<Reply> {
  const { t, shop, customer, session, now } = context
  const [kind, value, reason] = session.asked?.question === 's-block' ? session.asked.args : []
  session.asked = undefined
  const whom = whomBy(kind, value)
  // An old button: its reason was about somebody else, or is forgotten.
  if (!whom || reason === undefined || !(TERMS as readonly number[]).includes(days)) return list(context, 0)
  const expiresAt = days === 0 ? undefined : after(now, hours(24 * days))
  try {
    const id = await shop.risk.blocklist.block(customer.pseudonym, whom, reason, expiresAt)
    return await one(context, id, t.staff.blockDone(await whomName(shop, t, whom)))
  } catch (error) {
    if (!hasCode(error, 'block.staff') && !hasCode(error, 'block.unknown')) throw error
    return show({ text: [problemText(t, error) ?? ''], buttons: [[listButton(context), menuButton(context)]] })
  }
}

function whomBy(kind: string | undefined, value: string | undefined): Whom | undefined {
  const known = KINDS.find((one) => one === kind)
  return known && value !== undefined ? { kind: known, value } : undefined
}

function unknown(context: Context): Reply {
  return show({ text: [context.t.staff.whomUnknown], buttons: [[listButton(context), menuButton(context)]] })
}

/** Lifts a block for a reason; `ticketId` is the appeal it is decided in. */
async function unblock(context: Context, id: number, ticketId: string, typed: string): Promise<Reply> {
  const { t, shop, customer } = context
  const known = await shop.risk.blocklist.get(id)
  if (!known) return one(context, id)
  const reason = typed.trim()
  const problem = tooLong(context, reason)
  const back = ticketId === '' ? action('s-blocked-one', id) : action('s-ticket', ticketId)
  if (reason === '' || problem !== undefined)
    return ask(context, 's-unblock', lines(problem, t.staff.unblockAsk(await blockedName(shop, t, known))), {
      args: [String(id), ticketId],
      back,
    })
  await shop.risk.blocklist.unblock(customer.pseudonym, id, reason)
  const ticket = ticketId === '' ? undefined : await shop.support.ticket(Number(ticketId))
  await tellAppealed(context, ticket?.customerId ?? known.customerId)
  return one(context, id, t.staff.unblocked(await blockedName(shop, t, known)))
}

/** Whoever has appealed is told, once nothing stops them any more. */
async function tellAppealed({ shop, customer, channel, event }: Context, buyerId: number | undefined): Promise<void> {
  if (buyerId === undefined || (await shop.risk.blocklist.of(buyerId)).length > 0) return
  const [buyer, appeal] = [await shop.customers.get(buyerId), await shop.support.appealOf(buyerId)]
  if (!buyer || appeal === undefined) return
  const said = { channel, event: event.id }
  await shop.support.answer(customer, said, appeal, TEXTS[buyer.language].buyer.appealAccepted)
  await shop.support.close(customer, appeal)
}

/** The block stays, and the buyer is told why in words of the staff's. */
async function keep(context: Context, ticketId: string, typed: string): Promise<Reply> {
  const { t, shop, customer, channel, event } = context
  const ticket = /^\d{1,9}$/.test(ticketId) ? await shop.support.ticket(Number(ticketId)) : undefined
  if (ticket?.kind !== 'appeal') return show({ text: [t.staff.ticketUnknown], buttons: [[menuButton(context)]] })
  const back = action('s-ticket', ticket.id)
  const words = typed.trim()
  if (words === '' || words.length > 2000)
    return ask(context, 's-keep', lines(words === '' ? undefined : t.staff.ticketTooLong, t.staff.keepAsk(ticket.id)), {
      args: [ticketId],
      back,
    })
  await shop.support.answer(customer, { channel, event: event.id }, ticket.id, words)
  await shop.support.close(customer, ticket.id)
  return show({
    text: [t.staff.kept],
    buttons: [[{ label: t.staff.ticketTitle(ticket.id), action: back }, listButton(context)], [menuButton(context)]],
  })
}

/** What a command names with its first word, and what stands behind it. */
async function named(context: Context, argument: string): Promise<{ whom: Whom | undefined; rest: string }> {
  const [, word = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(argument.trim()) ?? []
  return { whom: word === '' ? undefined : await whomOf(context.shop, word), rest }
}

export const blockRoutes: Routes = {
  commands: {
    block: async (context, argument) => {
      const { whom, rest } = await named(context, argument)
      return whom ? block(context, whom, rest) : unknown(context)
    },
    blocked: async (context, argument) => {
      if (argument === '') return list(context, 0)
      const { whom } = await named(context, argument)
      return whom ? list(context, 0, whom) : unknown(context)
    },
  },
  actions: {
    's-blocked': (context, [page]) => list(context, numberOf(page)),
    's-blocked-one': (context, [id]) => one(context, numberOf(id)),
    's-block': (context, [id = '']) => block(context, { kind: 'customer', value: String(numberOf(id)) }, ''),
    's-block-for': (context, [days]) => blockFor(context, numberOf(days)),
    's-unblock': (context, [id, ticketId = '']) => unblock(context, numberOf(id), ticketId, ''),
    's-keep': (context, [ticketId = '']) => keep(context, ticketId, ''),
  },
  questions: {
    's-block': async (context, text, [kind, value]) => {
      const whom = whomBy(kind, value)
      return whom ? block(context, whom, text) : unknown(context)
    },
    's-unblock': (context, text, [id, ticketId = '']) => unblock(context, numberOf(id), ticketId, text),
    's-keep': (context, text, [ticketId = '']) => keep(context, ticketId, text),
  },
}
