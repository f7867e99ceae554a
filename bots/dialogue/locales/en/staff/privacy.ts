import type { privacy as Zh } from '../../zh/staff/privacy.ts'
import { counted } from '../counted.ts'

export const privacy: typeof Zh = {
  personal: {
    title: (name, no) => `Personal data of ${name}, the buyer of order ${no}`,
    hint: 'Only when the buyer asks for it, and the file is for the buyer alone. Both are written to the log.',
    gone: 'The personal data of this buyer is deleted: only a number is left.',
    exported: 'This is all there is about this buyer, without keys. Give it to nobody but the buyer.',
    erased: 'The personal data of this buyer is deleted. Orders and books stay under a number.',
    retention: 'How long data is kept',
    retentionHint: 'What is older is deleted every night. This is the table that buyers see under /privacy.',
    kinds: {
      sessions: 'Conversations',
      messages: 'Message numbers',
      tickets: 'Talks with support',
      feedback: 'Words of feedback',
      broadcasts: 'Broadcast recipients',
      visits: 'Visits by link',
      risk: 'Addresses and browsers of orders',
      claims: 'Staff codes',
    },
    line: (name, count) => `${name}: ${counted(count, 'day')}`,
    ask: (name) =>
      `${name}: kept for how many days? A whole number from 7 to 3650. When it gets shorter, what is older is deleted tonight for good.`,
    set: (name, count) => `${name}: now kept for ${counted(count, 'day')}.`,
    unknownKind: 'There is no such kind of data. Choose one below.',
    badDays: 'A whole number of days from 7 to 3650.',
  },
}
