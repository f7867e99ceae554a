import type { RuleDefinition } from './model.ts'
import { parseRule } from './text.ts'

/**
 * What ships, as staff would type it; sums in the shop's currency. Written once, and then staff's to change. What each is worth is
 * told by scripts/bench/fraud.ts.
 */
const PRESETS = {
  // Purchases within an hour. Whoever has been known for a month is trusted with more: they buy presents, or sell on.
  'hourly-orders': 'payment if orders by buyer in 1h > 5 and age < 30d then hold',
  'hourly-most': 'payment if orders by buyer in 1h > 20 then hold',
  'hourly-units': 'payment if units by buyer in 1h > 200 then hold',
  'payer-orders': 'payment if orders by payer in 1h > 5 and age < 30d then hold',
  'device-orders': 'payment if orders by device in 1h > 5 and age < 30d then hold',
  // Several accounts that share a payer, device or phone.
  'group-orders': 'payment if orders by group in 1d > 3 and buyers by group > 2 and age < 30d then hold',
  // An address is shared by strangers: asking costs them a moment, a hold would cost them hours.
  'ip-orders': 'order if orders by ip in 1h > 20 and age < 1d then challenge captcha',
  // Somebody new who buys many cheap goods, or much, at once or little by little.
  'fresh-bulk': 'order if age < 1d and units > 20 and unit_price < 10 then challenge captcha',
  'first-large': 'order if paid < 1 and amount > 1000 then challenge contact',
  'fresh-amount': 'payment if amount by buyer in 7d > 1000 and age < 7d then hold',
  // Orders that nobody pays; and payments among many that fail, as of who tries cards out.
  'unpaid-orders': 'order if unpaid by buyer in 1d > 3 then challenge contact',
  'unpaid-new': 'order if unpaid by group in 7d > 3 and paid < 1 then challenge contact',
  'card-tests': 'payment if unpaid by group in 1d > 2 and age < 30d then hold',
  // Who asks for other people's orders, or finds nothing that works, is trying keys out or wants them for nothing.
  'key-probes': 'order if probes by buyer in 1d > 5 then challenge captcha',
  'key-complaints': 'payment if complaints by group in 30d > 1 then hold',
  'many-refunds': 'order if refunds by group in 30d > 2 then challenge contact',
  'blocked-order': 'order if blocked then deny',
  'blocked-payment': 'payment if blocked then hold',
} as const

export const presets = (currency: string): [name: string, definition: RuleDefinition][] =>
  Object.entries(PRESETS).map(([name, text]) => [name, parseRule(text, currency)])
