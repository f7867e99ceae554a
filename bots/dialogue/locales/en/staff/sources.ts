import type { sources as Zh } from '../../zh/staff/sources.ts'

const count = (of: number, one: string, many: string): string => `${of} ${of === 1 ? one : many}`

export const sources: typeof Zh = {
  sources: {
    button: '🧭 Sources',
    title: (span) => `Sources · ${span}`,
    spans: { '7': 'last 7 days', '30': 'last 30 days', all: 'all time' },
    none: 'No sources yet. Put a link of its own wherever you advertise, and you see where buyers come from.',
    other: 'others',
    line: (visitors, buyers, orders, sums) =>
      `${count(visitors, 'visitor', 'visitors')}, ${count(buyers, 'buyer', 'buyers')}, ${count(orders, 'order', 'orders')}${sums === '' ? '' : `, ${sums}`}`,
    hint: 'An order counts for the link that its buyer opened last in the 7 days before.',
    add: '➕ New source',
    askName: 'What is it called? Small letters, digits and dashes, up to 24, for example xiaohongshu.',
    badName:
      'A name has small letters, digits and dashes, begins with a letter or digit, up to 24, and cannot be called other.',
    links: (name) => `Links of ${name}`,
    linksTo: (name, product) => `Links of ${name} · ${product}`,
    linksButton: '🔗 Links',
    linksOf: (product) => `Links to ${product}`,
    counted: (sku) => `To count where buyers come from, send /source, a name and ${sku}.`,
    codeButton: (channel) => `▣ ${channel} QR code`,
    scan: 'Scanning it opens the chat. It can be printed, and is good for ever.',
    noCode:
      'This QR code cannot be had now. Try again later. On WeChat only a verified service account may make them; the log says what it was.',
    link: (channel) => `${channel}: `,
    said: (channel) => `${channel}, said in the chat: `,
    noDoors: 'No channel has a link yet: set PUBLIC_URL or connect a chat account first.',
    toProduct: (name) => `For links to a product, send /source ${name} and its SKU.`,
    unknown: 'There is no such source. /source add and a name makes one.',
    all: '‹ All sources',
  },
}
