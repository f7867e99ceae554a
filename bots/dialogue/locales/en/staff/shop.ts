import type { shop as Zh } from '../../zh/staff/shop.ts'

export const shop: typeof Zh = {
  profileTitle: 'Shop settings',
  profileParts: { texts: 'Name and texts', rules: 'Times and limits' },
  profileFields: {
    name: { name: 'Shop name', ask: 'Send the shop’s name, up to 60 characters.' },
    'name.zh': { name: 'Shop name (Chinese)', ask: 'Send the name in Chinese, up to 60 characters; - for none.' },
    'name.en': { name: 'Shop name (English)', ask: 'Send the name in English, up to 60 characters; - for none.' },
    welcome: { name: 'Welcome', ask: 'Send the welcome text, up to 1,000 characters; - for none.' },
    'welcome.zh': {
      name: 'Welcome (Chinese)',
      ask: 'Send the welcome text in Chinese, up to 1,000 characters; - for none.',
    },
    'welcome.en': {
      name: 'Welcome (English)',
      ask: 'Send the welcome text in English, up to 1,000 characters; - for none.',
    },
    terms: { name: 'Terms of sale', ask: 'Send the terms of sale, up to 3,000 characters; - for none.' },
    'terms.zh': { name: 'Terms (Chinese)', ask: 'Send the terms in Chinese, up to 3,000 characters; - for none.' },
    'terms.en': { name: 'Terms (English)', ask: 'Send the terms in English, up to 3,000 characters; - for none.' },
    closed: {
      name: 'Open or closed',
      ask: 'What are buyers told while the shop is closed? For example “Back tomorrow at 9”, up to 300 characters; off opens the shop.',
    },
    reservation: {
      name: 'Unpaid orders kept (minutes)',
      ask: 'How many minutes is an unpaid order kept? A whole number from 1 to 1440.',
    },
    promise: {
      name: 'Held orders decided (hours)',
      ask: 'Within how many hours is a held order decided? A whole number from 1 to 168.',
    },
    overdue: {
      name: 'Not decided in time',
      ask: 'What becomes of a held order that nobody decides about in time? Send leave (staff are told again, and the buyer is told a new time), approve, or reject (refund).',
    },
    link: {
      name: 'One-time links open for (hours)',
      ask: 'For how many hours can a one-time link be opened? A whole number from 1 to 720.',
    },
    timezone: {
      name: 'Time zone',
      ask: 'How many hours is the shop’s time ahead of UTC? For example 8 for Beijing.',
    },
    quiet: {
      name: 'Quiet hours',
      ask: 'Between which hours are no broadcasts and no requests for feedback sent? For example 22-9 in the shop’s time; off for none.',
    },
    feedback: {
      name: 'Asked for feedback after (hours)',
      ask: 'How many hours after the keys were first shown is a buyer asked for feedback? A whole number from 0 to 720; 0 for never.',
    },
  },
  labelled: (name, value) => `${name}: ${value}`,
  profileEmpty: '(empty)',
  closeShop: '⏸ Close the shop',
  openShop: '▶️ Open the shop',
  shopIsOpen: 'open',
  shopIsClosed: (text) => `closed (${text})`,
  shopOpened: 'The shop is open again.',
  shopClosed: (text) => `The shop is closed. Buyers are told: ${text}`,
  profileSet: (name, value) => `${name} is now: ${value}`,
  closedNeedsText: 'Write what buyers are told, for example: /shop set closed Back tomorrow at 9',
}
