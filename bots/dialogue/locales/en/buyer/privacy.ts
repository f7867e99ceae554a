import type { privacy as Zh } from '../../zh/buyer/privacy.ts'
import { counted } from '../counted.ts'

export const privacy: typeof Zh = {
  privacy: {
    title: 'Your personal data',
    intro:
      'We keep only what selling and helping you takes, and delete it when its time is over. Keys and talks are sealed; orders and books are kept for good, as bookkeeping demands.',
    kept: '📋 What we keep, and for how long',
    profile: 'Name, language and chat accounts: until you have them deleted',
    kinds: {
      inbox: (count) =>
        `What you send: sealed, emptied as soon as it is handled; its number for ${counted(count, 'day')}, so that nothing is done twice`,
      deferred: (count) => `Messages that wait until you write again: sealed, ${counted(count, 'day')} at most`,
      sessions: (count) =>
        `Where the conversation stands (basket, menus): ${counted(count, 'day')} after the last time`,
      messages: (count) => `The numbers of our messages, so that they can be updated: ${counted(count, 'day')}`,
      tickets: (count) => `What you and support write: sealed, ${counted(count, 'day')}`,
      feedback: (count) => `The words of your ratings: sealed, ${counted(count, 'day')}; the stars stay with the order`,
      broadcasts: (count) => `Which promotions you got, and opened: ${counted(count, 'day')}`,
      visits: (count) => `By which link you came: ${counted(count, 'day')}`,
      risk: (count) =>
        `Where your orders came from (address and browser, only as codes that cannot be read back): ${counted(count, 'day')}`,
      links: (count) =>
        `One-time links, and a hash of the browser that opened them: ${counted(count, 'day')} after their end`,
      drafts: (count) => `Keys that staff sent and have not imported yet: sealed, ${counted(count, 'day')}`,
      claims: (count) => `Hashes of codes that make staff: ${counted(count, 'day')} after their end`,
    },
    orders:
      'Orders, payments and refunds: for good, as bookkeeping demands; once your data is deleted, under a number alone',
    keys: 'Keys: sealed; each time one is shown is recorded',
    audit: 'The log of what was done: for good; it has numbers, no names or accounts',
    marketing: (isOn) =>
      isOn
        ? 'Promotions and requests for feedback: on (/stop ends them)'
        : 'Promotions and requests for feedback: off (/subscribe brings them back)',
    export: '📄 Get my data',
    erase: '🗑 Delete my data',
    exported:
      'This is all that we have about you. Keys are not in it: they are under My orders. Amounts are in the smallest unit of their currency, such as cents.',
    exportAbout:
      'All that the shop has about you. Keys are left out, and masked where a text quotes them. Amounts are in the smallest unit of their currency. Times are UTC.',
    eraseTitle: 'Delete personal data',
    eraseWhat: [
      'Deleted: name, language, chat accounts, where the conversation stands, talks with support, the words of ratings, one-time links, by which link you came and which promotions you got.',
      'Kept: orders, payments and books, under a number alone; the log of what was done.',
      'Afterwards: no earlier order or key can be seen, refunded or replaced. Save your keys first. When you come back you are a new customer.',
      'Messages in this chat are kept by the chat app: delete those yourself.',
    ],
    goOn: 'Go on',
    sure: 'For the last time: this cannot be undone.',
    eraseYes: 'Yes, delete everything',
    keep: 'Keep it',
    notErased: 'Nothing was deleted.',
    erased: 'Your personal data is deleted. If you write again, you are a new customer.',
    hindered: 'It cannot be deleted yet:',
    hindrances: {
      order: (no) =>
        `Order ${no} is still open: pay for it, cancel it, or wait until it, and what you complained of, is settled.`,
      money: (no) =>
        `${no === undefined ? 'A payment' : `A payment for order ${no}`} is not settled or refunded yet: wait for the refund, or ask support.`,
      wallet: (sums) => `There is still ${sums} in the wallet: spend it, or ask support to pay it back.`,
      staff: () => 'This account is staff: have an owner remove it from the staff first.',
    },
  },
}
