import type { Account, Bot } from './bot.ts'
import type { Stored } from './chats.ts'

export interface PayOptions {
  /** The Stars move, but the bot is never told: only getStarTransactions (or `redeliver(updateId)`) knows. */
  dropSuccessUpdate?: boolean
  /** Pays although the message shows a receipt, as from a second device at the same time. */
  again?: boolean
  /** Goes on between the bot's word that this may be paid and the payment. */
  allowed?: () => Promise<void>
}

export interface PayResult {
  ok: boolean
  /** Why not: in the bot's words, or `timeout` when it did not answer within the limit. */
  error_message?: string
  chargeId?: string
  /** The update that tells the bot of the payment. */
  updateId?: number
}

/** One payment from the tap on Pay to the receipt. Fails for what the apps do not let a person do. */
export async function pay(bot: Bot, account: Account, stored: Stored, options: PayOptions): Promise<PayResult> {
  const { invoice, chat } = stored.message
  const { invoicePayload } = stored
  if (!invoice || invoicePayload === undefined) throw new Error('this message is no invoice')
  if (stored.paid && !options.again) throw new Error('this invoice was paid and shows a receipt')
  const forwarded = chat.id > 0 && chat.id !== account.user.id
  if (forwarded && invoice.start_parameter) throw new Error('a forwarded copy of this invoice has no Pay button')
  const { currency, total_amount } = invoice
  if (account.stars < total_amount) throw new Error('not enough Stars')

  const { id, answered } = bot.preCheckouts.ask(bot.preCheckoutMs, () => 'timeout')
  bot.updates.push({
    pre_checkout_query: { id, from: account.user, currency, total_amount, invoice_payload: invoicePayload },
  })
  let verdict: { ok: boolean; error_message?: string }
  try {
    verdict = await answered
  } catch {
    return { ok: false, error_message: 'timeout' }
  }
  if (!verdict.ok) return verdict
  await options.allowed?.()

  const payment = bot.payments.charge(account.user, total_amount, invoicePayload)
  const chargeId = payment.telegram_payment_charge_id
  account.stars -= total_amount
  account.moves.push({ amount: -total_amount, chargeId, at: bot.now() })
  stored.paid = true
  const place = chat.id < 0 ? bot.chats.get(chat.id) : bot.privateChat(account.user)
  const { message } = (place ?? bot.privateChat(account.user)).add(account.user, { successful_payment: payment })
  const { update_id } = bot.updates.push({ message }, { lost: options.dropSuccessUpdate ?? false })
  return { ok: true, chargeId, updateId: update_id }
}
