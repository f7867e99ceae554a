import type { RuleDefinition } from './model.ts'
import { parseRule } from './text.ts'

/** What ships, as staff would type it; sums in the shop's currency. Written once, and then staff's to change. */
const PRESETS = {
  // Purchases within an hour.
  'hourly-orders': 'payment if orders by buyer in 1h > 5 then hold',
  'hourly-units': 'payment if units by buyer in 1h > 200 then hold',
  'payer-orders': 'payment if orders by payer in 1h > 5 then hold',
  'group-orders': 'payment if orders by group in 1h > 5 then hold',
  'ip-orders': 'payment if orders by ip in 1h > 5 then hold',
  'device-orders': 'payment if orders by device in 1h > 5 then hold',
  // Somebody new who buys many cheap goods, or much at once.
  'fresh-bulk': 'order if age < 1d and units > 20 and unit_price < 10 then challenge captcha',
  'first-large': 'order if paid < 1 and amount > 1000 then challenge contact',
  // Orders that nobody pays.
  'unpaid-orders': 'order if unpaid by buyer in 1h > 10 then challenge captcha',
  // Who asks for other people's orders, or finds nothing that works, is trying keys out.
  'key-probes': 'order if probes by buyer in 1d > 5 then challenge captcha',
  'key-complaints': 'payment if complaints by buyer in 7d > 3 then hold',
  'blocked-order': 'order if blocked then deny',
  'blocked-payment': 'payment if blocked then hold',
} as const

export const presets = (currency: string): [name: string, definition: RuleDefinition][] =>
  Object.entries(PRESETS).map(([name, text]) => [name, parseRule(text, currency)])
