import type { quotas as Zh } from '../../zh/staff/quotas.ts'
import { counted } from '../counted.ts'

export const quotas: typeof Zh = {
  quotasTitle: 'Unpaid quotas',
  quotasHint:
    'What buyers may keep unpaid. Their level follows from what they paid and let expire, or is set on an order’s page.',
  levelNames: { restricted: 'Restricted', new: 'New', returning: 'Returning', trusted: 'Trusted' },
  levelTitle: (name, level) => `${name} (${level})`,
  levelLine: ({ openOrders, openUnits, productUnits, stockPercent, alwaysUnits }) =>
    `: ${counted(openOrders, 'order')}, ${counted(openUnits, 'unit')} (${productUnits} of a product), ${stockPercent}% of its stock or ${counted(alwaysUnits, 'unit')}`,
  levelOpen: (orders, units, productUnits) =>
    `Unpaid at once: ${counted(orders, 'order')}, ${counted(units, 'unit')} in all, ${productUnits} of one product`,
  levelStock: (percent, units) => `At most ${percent}% of a product’s stock, but always ${counted(units, 'unit')}`,
  levelNeeds: (paid, expired) =>
    `For buyers who paid at least ${counted(paid, 'order')} and let run out at most ${expired} since`,
  levelLowest: 'For buyers who meet no other level',
  quotaFields: {
    openOrders: {
      name: 'Unpaid orders',
      ask: 'How many unpaid orders at once? A whole number from 1 to 1000000.',
    },
    openUnits: {
      name: 'Units unpaid',
      ask: 'How many units in all unpaid orders together? A whole number from 1 to 1000000.',
    },
    productUnits: {
      name: 'Units of one product',
      ask: 'How many units of one product unpaid? A whole number from 1 to 1000000.',
    },
    stockPercent: {
      name: 'Share of the stock',
      ask: 'At most what share of a product’s stock, in percent? A whole number from 0 to 100.',
    },
    alwaysUnits: {
      name: 'Units always allowed',
      ask: 'How many units of a product are allowed whatever the stock? A whole number from 0 to 1000000.',
    },
    minPaid: {
      name: 'Orders paid',
      ask: 'How many paid orders lead to this level? A whole number from 0 to 1000000.',
    },
    maxExpired: {
      name: 'Orders run out',
      ask: 'How many orders may run out unpaid since the last payment? A whole number from 0 to 1000000.',
    },
  },
  quotaSet: (level, field, value) => `${level}: “${field}” is ${value} now, for orders from now on.`,
  trustTitle: (no) => `Buyer of order ${no}`,
  trustButton: (level) => `🤝 Trust: ${level}`,
  trustLevel: (level) => `Trust: ${level} (set by staff)`,
  trustLevelAuto: (level) => `Trust: ${level} (by the figures)`,
  standing: (orders, units, paid, expired) =>
    `Unpaid: ${orders} (${counted(units, 'unit')}); paid: ${paid}; expired since: ${expired}`,
  trustAsk: 'Which level is this buyer on?',
  trustAuto: 'By the figures',
  trustSet: (level) => `This buyer’s level is set: ${level}.`,
  trustSetAuto: 'This buyer’s level goes by the figures again.',
}
