import type { refused as Zh } from '../../zh/buyer/refused.ts'
import { counted } from '../counted.ts'

export const refused: typeof Zh = {
  refused: {
    sold_out: (name, available) =>
      available > 0
        ? `Only ${available} of “${name}” left. Please take fewer.`
        : `“${name}” has just sold out. You were not charged.`,
    off_shelf: 'One of the products is no longer sold. Please choose again.',
    unknown_product: 'One of the products no longer exists. Please choose again.',
    over_limit: (name, limit) => `At most ${limit} of “${name}” in one order.`,
    price_changed: 'A price has just changed. Please check the new one.',
    mixed_demo: 'Demo products and real ones cannot be ordered together.',
    too_expensive: 'This order is too large. Please split it.',
    empty: 'Your basket is empty.',
    busy: 'Too many people are ordering right now: this order was not placed, and nothing was charged. Please press again in a few seconds.',
    over_quota: (left, open, name) =>
      `${name === undefined ? '' : `${name}: `}${open > 0 ? `you already have ${open} unpaid, and ` : ''}you can reserve at most ${left} more before you pay. Order fewer, or pay first and order again.`,
    too_many_open: (limit) => `You have ${counted(limit, 'unpaid order')}. Please pay or cancel one first.`,
    denied: 'This order cannot be taken, and nothing was charged. If you have a question, write to /support.',
    closed: (text) => `The shop is closed: ${text}`,
  },
}
