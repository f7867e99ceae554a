import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hours } from '../../../core/platform/clock.ts'
import { openShop, type Stand } from '../../stand/shop.ts'
import { type Talk, talkTo } from './memory-channel.ts'

let stand: Stand
let owner: Talk
let buyer: Talk
let person = 0

beforeAll(async () => {
  stand = await openShop({ owners: 'web:boss' })
  await stand.product(5, { 'name.en': 'Good <b>card</b> *x*' })
  owner = talkTo(stand.shop, 'boss')
  await owner.say('/product add BAD | Bad input | 9.90 | 50')
})

beforeEach(() => {
  buyer = talkTo(stand.shop, `buyer-${++person}`)
})

const sku = async () =>
  (await stand.shop.catalog.list({ language: 'en', page: 0, size: 10 })).items.find((p) => p.name.startsWith('Good'))
    ?.sku ?? ''

describe('files of keys', () => {
  const lines = (n: number, end: string) =>
    Array.from({ length: n }, (_, i) => `FILE-${end.length}-${end.charCodeAt(0)}-${i}`).join(end)
  const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')
  const files: readonly [what: string, bytes: () => Buffer, answer: RegExp][] = [
    ['empty', () => Buffer.alloc(0), /no new key to import/],
    ['only blank lines', () => Buffer.from('\n\n  \r\n'), /no new key to import/],
    ['binary', () => Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 1, 2, 3]), /not text/i],
    ['UTF-16 with its mark', () => utf16('WIDE-1\r\nWIDE-2\r\n'), /New keys: 2/],
    ['UTF-8 with a mark', () => Buffer.from('\uFEFFMARK-1\nMARK-2\n'), /New keys: 2/],
    ['CRLF', () => Buffer.from(lines(3, '\r\n')), /New keys: 3/],
    ['CR alone', () => Buffer.from(lines(3, '\r')), /New keys: 3/],
    [
      'a line of 5 MB',
      () => Buffer.concat([Buffer.from('LONG-1\n'), Buffer.alloc(5_000_000, 0x41), Buffer.from('\nLONG-2\n')]),
      /New keys: 2[\s\S]*Malformed[^\n]*1/,
    ],
    ['quotes round a key', () => Buffer.from('"QUO,TED",,2027-01-01\n'), /New keys: 1/],
    ['a quote that never ends', () => Buffer.from('"OPEN-1,,\nOPEN-2\n'), /New keys: 1[\s\S]*Malformed[^\n]*1/],
    ['a date that does not exist', () => Buffer.from('DATE-1,,2027-02-30\n'), /Malformed[^\n]*1/],
    ['a date in the past', () => Buffer.from('PAST-1,,2001-01-01\n'), /Malformed[^\n]*1/],
    ['a number a spreadsheet spoiled', () => Buffer.from('1.23E+15\n'), /Malformed[^\n]*1/],
    ['a control character in a key', () => Buffer.from('CTRL\u009f-1\n'), /Malformed[^\n]*1/],
    ['a cost that is no amount', () => Buffer.from('COST-1,,,cheap\n'), /Malformed[^\n]*1/],
    ['too many columns', () => Buffer.from('COLS-1,a,2027-01-01,1,extra\n'), /Malformed[^\n]*1/],
    ['the same key twice', () => Buffer.from('TWICE-1\nTWICE-1\n'), /New keys: 1[\s\S]*Duplicates[^\n]*1/],
  ]
  it.each(files)('%s', async (_what, bytes, answer) => {
    expect(await owner.send('keys.csv', bytes(), '/import BAD')).toMatch(answer)
    await owner.say('/cancel')
  })
  it('a caption with an unknown SKU', async () => {
    expect(await owner.send('keys.csv', Buffer.from('X-1'), '/import NOPE')).toMatch(/NOPE/)
  })
})

describe('numbers', () => {
  const quantities: readonly [typed: string, answer: RegExp][] = [
    ['0', /whole number from 1/],
    ['-1', /whole number from 1/],
    ['1e9', /whole number from 1/],
    ['1.5', /whole number from 1/],
    ['١', /whole number from 1/],
    ['999999999999', /whole number from 1/],
    ['NaN', /whole number from 1/],
    ['two', /whole number from 1/],
    ['201', /whole number from 1/],
    ['3', /Basket[\s\S]*× 3/],
  ]
  it.each(quantities)('a quantity of %s', async (typed, answer) => {
    await buyer.press(`type:${await sku()}`)
    expect(await buyer.say(typed)).toMatch(answer)
  })
  const prices: readonly [price: string, answer: RegExp][] = [
    ['-1', /9\.90/],
    ['1e9', /9\.90/],
    ['1.234', /9\.90/],
    ['٩', /9\.90/],
    ['free', /9\.90/],
    ['99999999999', /9\.90/],
    ['￥12.50', /12\.50/],
  ]
  it.each(prices)('a price of %s', async (price, answer) => {
    expect(await owner.say(`/product set BAD price ${price}`)).toMatch(answer)
  })
})

describe('texts', () => {
  const texts: readonly [what: string, text: string, answer: RegExp][] = [
    ['emoji', '🎮🎁👨‍👩‍👧‍👦', /Nothing found/],
    ['right-to-left', 'مرحبا \u202Eabc', /Nothing found/],
    ['5,000 characters', 'x'.repeat(5000), /Nothing found/],
    ['something like a key', 'ABCD-1234-EFGH', /^Nothing found\. /],
    ['lines of keys', 'short\nABCD-1234-EFGH,pass', /^Nothing found\. /],
    ['a word that is no key', 'teapots 5', /^Nothing found for “teapots 5”/],
    ['markup', '<b>card</b>', /1 found/],
    ['Markdown', '*x*', /1 found/],
    ['a per cent sign', '%', /Nothing found/],
    ['an underscore', '_', /Nothing found/],
    ['an SQL quote', "'; DROP TABLE orders; --", /Nothing found/],
    ['a NUL character', 'a\u0000b', /Nothing found/],
    ['a lone surrogate', 'a\uD800b', /Nothing found/],
    ['white space', ' \n\t ', /Nothing found/],
    ['an unknown command', '/nonsense x', /no command \/nonsense/],
    ['a staff command by a stranger', '/import GOOD', /no command \/import/],
    ['an order number of nobody', '/order 2222-2222', /No such order/],
    ['an order number that cannot be one', '/order O0I1', /No such order/],
    ['a deep link to nothing', '/start p_NOPE', /no such product/i],
    ['a deep link with rubbish', '/start p_../../etc', /Welcome/],
    ['a wrong claim code', '/claim AAAA', /wrong, used or expired/],
  ]
  it.each(texts)('%s', async (_what, text, answer) => {
    expect(await buyer.say(text)).toMatch(answer)
  })
  it('markup in a product name is shown as typed', async () => {
    expect(await buyer.press(`product:${await sku()}`)).toContain('Good <b>card</b> *x*')
  })
})

describe('buttons', () => {
  const pressed: readonly [what: string, action: string, answer: RegExp][] = [
    ['nothing', '', /out of date/],
    ['an unknown verb', 'explode:1', /out of date/],
    ['a staff verb by a stranger', 's-approve:22222222', /out of date/],
    ['a verb that every object has', 'constructor:1', /out of date/],
    ['another prototype word', 'toString', /out of date/],
    ['200 bytes', 'x'.repeat(200), /out of date/],
    ['a product that is gone', 'product:GONE', /no such product/i],
    ['a quantity below one', 'add:GONE:-5', /no such product/i],
    ['a page far away', 'cat:all:99999999', /All products|Good/],
    ['a page that is no number', 'orders:x', /no orders yet/],
    ['an order of nobody', 'reveal:22222222', /No such order/],
    ['an old basket', 'order-now:deadbeef:100', /out of date[\s\S]*empty/],
    ['a payment for an order of nobody', 'pay-sandbox:22222222', /No such order/],
    ['a cancel for an order of nobody', 'cancel-order:22222222', /No such order/],
    ['a language that is none', 'speak:xx', /Choose a language/],
  ]
  it.each(pressed)('%s', async (_what, action, answer) => {
    expect(await buyer.press(action)).toMatch(answer)
  })
})

it('a key quoted as the reason of a refund is masked before it is kept', async () => {
  const product = await stand.product(1)
  const [code = ''] = product.codes
  const order = await stand.bought(await stand.meet(), product.sku)
  expect(await owner.say(`/refund ${order.no} ${code} does not work`)).toMatch(/\*\*\*\*\S* does not work/)
  const kept = await stand.rows<{ state: string }>(`SELECT state::text FROM chat_session`)
  expect(kept.some(({ state }) => state.includes('does not work'))).toBe(true)
  expect(kept.some(({ state }) => state.includes(code))).toBe(false)
})

it('a key that staff paste where it does not belong is not said again', async () => {
  const { codes } = await stand.product(2)
  await owner.say('/cancel')
  for (const said of [...codes, `${codes[0]},pass word`, 'never-imported-0001'])
    expect(await owner.say(said)).toMatch(/^Nothing found\. /)
})

it('a paste that the chat has cut within a line is whole again', async () => {
  const text = Array.from({ length: 700 }, (_, n) => `PASTE-${10_000 + n}-END`).join('\n')
  const [first, second] = [text.slice(0, 4072), text.slice(4072, 8168)]
  expect(await owner.say(`/import BAD\n${first}`)).toMatch(/New keys: 255\n/)
  expect(await owner.say(second)).toMatch(/New keys: 511\n/)
  expect(await owner.say(text.slice(8168))).toMatch(/New keys: 700\n/)
  await owner.say('/cancel')
})

it('lines for an import that is gone begin another, and that is said', async () => {
  expect(await owner.say('/import BAD\nGONE-1')).toMatch(/New keys: 1/)
  stand.clock.advance(hours(25))
  await stand.shop.inventory.dropOldDrafts()
  const again = await owner.say('GONE-2\nGONE-3')
  expect(again).toMatch(/expired[\s\S]*New keys: 2/)
  expect(await owner.say('GONE-4')).not.toMatch(/expired/)
  await owner.say('/cancel')
})
