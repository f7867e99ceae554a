import type { broadcasts as Zh } from '../../zh/staff/broadcasts.ts'
import { counted } from '../counted.ts'

const people = (count: number): string => `${count} ${count === 1 ? 'person' : 'people'}`

export const broadcasts: typeof Zh = {
  broadcasts: {
    button: '📣 Broadcasts',
    listTitle: 'Broadcasts',
    listNone: 'None so far.',
    listLine: (id, state, text) => `${id} · ${state} · ${text}`,
    write: '✏️ Write one',
    askText: (most) =>
      `Send the text, up to ${most} characters. Or send a picture with /broadcast and the text as its caption.`,
    title: (id, state) => `Broadcast ${id} · ${state}`,
    states: {
      draft: 'draft',
      scheduled: 'scheduled',
      sending: 'being sent',
      paused: 'paused',
      stopped: 'stopped',
      done: 'sent',
    },
    picture: (has) => `Picture: ${has}`,
    leadsTo: (product) => `Button: ${product}`,
    whom: (segment) => `To: ${segment}`,
    everyone: 'everyone',
    also: ', and ',
    conditions: {
      product: {
        name: 'Bought a product',
        is: (name) => `bought ${name}`,
        ask: 'Send the product’s SKU, for example STEAM50.',
      },
      category: {
        name: 'Bought in a category',
        is: (name) => `bought in ${name}`,
        ask: 'Choose a category, or send its name.',
      },
      boughtWithin: {
        name: 'Bought lately',
        is: (days) => `bought in the last ${counted(Number(days), 'day')}`,
        ask: 'Bought in the last how many days? A whole number from 1 to 3650.',
      },
      notBoughtFor: {
        name: 'Not bought for long',
        is: (days) => `bought before, but not in the last ${counted(Number(days), 'day')}`,
        ask: 'Bought before, but not in the last how many days? A whole number from 1 to 3650.',
      },
      language: { name: 'Language', is: (name) => `language: ${name}`, ask: 'Choose a language.' },
      channel: { name: 'Channel', is: (name) => `channel: ${name}`, ask: 'Choose a channel.' },
      source: {
        name: 'Source',
        is: (name) => `source: ${name}`,
        ask: 'Send the source’s name, for example xiaohongshu; /source lists them.',
      },
      spent: {
        name: 'Spent',
        is: (amount) => `spent at least ${amount}`,
        ask: 'Spent at least how much? For example 100.',
      },
    },
    reach: (count) => `Would get it now: ${people(count)}`,
    reachNot: (quiet, gone, barred) =>
      `Fit and would not: ${quiet} opted out, ${gone} cannot be reached, ${barred} restricted`,
    change: {
      text: '✏️ Text',
      picture: '🖼 Picture',
      product: '🛍 Product button',
      whom: '👥 To whom',
    },
    askPicture: 'Send a picture (JPEG, PNG or WebP, up to 5 MB); - for none.',
    askProduct: 'Which product does the button open? Send its SKU; - for no button.',
    noSuchProduct: 'There is no product with this SKU.',
    chooseWhom: 'To whom? Each condition makes it fewer.',
    anyone: 'Any',
    noSuchValue: 'There is no such value, or it does not fit.',
    look: '👁 Preview',
    lookNote: 'This is what buyers will see:',
    send: '📨 Send',
    schedule: '🕗 At a time',
    askWhen: (now) =>
      `When? For example 20:00, or 2026-12-31 20:00 (the shop’s time, now ${now}). Up to 90 days ahead.`,
    badTime: 'This is not a time, or it is past or more than 90 days away.',
    confirm: (count) => `Send it to ${people(count)} now? What is sent cannot be taken back.`,
    confirmNobody: 'Nobody would get it now: choose others first.',
    quietNow: (time) => `These are quiet hours: sending begins at ${time}.`,
    yes: 'Yes, send it',
    drop: '🗑 Delete the draft',
    dropped: 'The draft is deleted.',
    sendAt: (time) => `Will be sent at ${time}`,
    back: 'Back to a draft',
    isDraft: 'It is a draft again and will not be sent.',
    finding: 'Finding who gets it …',
    progress: (sent, waiting) => `Sent: ${sent}, waiting: ${waiting}`,
    progressNot: (failed, gone, quiet, barred) =>
      `Not sent: ${failed} failed, ${gone} blocked or left, ${quiet} opted out, ${barred} restricted`,
    unsure: (count) => `May have come or not (the program was interrupted; not sent again): ${count}`,
    left: (count) => `Not sent when it was stopped: ${count}. They will not get it.`,
    results: 'Within 7 days after',
    opened: (count) => `Opened the product: ${people(count)}`,
    bought: (buyers, orders, sums) =>
      `Bought: ${people(buyers)}, ${orders} ${orders === 1 ? 'order' : 'orders'}${sums === '' ? '' : `, ${sums}`}`,
    pause: '⏸ Pause',
    resume: '▶️ Go on',
    stop: '⏹ Stop',
    stopAsk: (sent, waiting) =>
      `Stop it? ${people(waiting)} will not get it, and it cannot be started again. The ${sent} sent already cannot be taken back.`,
    stopYes: 'Yes, stop it',
    refresh: '🔄 Refresh',
    all: '‹ Broadcasts',
    unknown: 'There is no such broadcast.',
    moved: 'This broadcast has just changed its state. This is how it stands.',
    problems: {
      'mailing.text': (most) => `A broadcast has 1 to ${most} characters.`,
      'mailing.keys': () => 'This text holds a card key of the shop and cannot be sent. Take it out and try again.',
    },
  },
}
