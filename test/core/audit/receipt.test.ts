import { beforeAll, expect, it, vi } from 'vitest'
import type { Receipt } from '../../../core/audit/model.ts'
import { checkReceipt, readReceipt } from '../../../core/audit/receipt.ts'
import { hours } from '../../../core/platform/clock.ts'
import { openDatabase } from '../../../core/platform/database/database.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { atEnd } from '../../stand/closing.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

/** As the page does it, in this process: Node has the same cryptography as browsers. */
type Check = (text: string, subtle?: object) => Promise<{ outcome: string; problems: string[]; posted?: string }>
const { check } = (await import(new URL('../../../bots/web/page/receipt.check.js', import.meta.url).href)) as {
  check: Check
}

let stand: Stand
let no: string
let receipt: Receipt
beforeAll(async () => {
  stand = await openShop({ secluded: true })
  const { sku } = await stand.product(3)
  const buyer = await stand.meet()
  const order = await stand.bought(buyer, sku, 2)
  no = order.no
  expect(await stand.shop.audit.receipt(no)).toBeUndefined()
  await stand.work()
  receipt = await sealedReceipt(no)
})

async function sealedReceipt(order: string): Promise<Receipt> {
  return vi.waitFor(
    async () => {
      const made = await stand.shop.audit.receipt(order)
      if (!made) throw new Error('no receipt')
      return made
    },
    { timeout: 10_000 },
  )
}

const text = (changed: object = {}) => JSON.stringify({ ...receipt, ...changed })
interface Loose {
  entry: Record<string, unknown>
  seal: Record<string, unknown>
  index: number
  path: string[]
  signature: string
}

/** The receipt with something else in one of its entries. */
function altered(change: (proof: Loose) => void, entry = 0): string {
  const copy = structuredClone(receipt) as unknown as { entries: Loose[] }
  change(copy.entries[entry] as Loose)
  return JSON.stringify(copy)
}

it('proves that an order was placed and delivered, and tells no name and no key', async () => {
  expect(receipt.entries.map(({ entry }) => [entry.action, entry.subject])).toEqual([
    ['order.placed', `order:${no}`],
    ['order.delivered', `order:${no}`],
  ])
  expect(JSON.parse(receipt.entries[0]?.entry.data ?? '')).toMatchObject({ total: 1980, currency: 'CNY' })
  expect(await check(text())).toMatchObject({ outcome: 'good', problems: [] })
  expect(text().length).toBeLessThan(10_000)
})

it('is good however it was copied from the messages of a chat', async () => {
  const pieces = text().match(/.{1,600}/gs) ?? []
  expect(pieces.length).toBeGreaterThan(2)
  for (const between of ['\n', '\r\n\r\n']) {
    const pasted = `订单 K7MQ-4XD2 的发货凭证\n\n${pieces.join(between)}\n\n1 订单 K7MQ-4XD2`
    expect(await check(pasted)).toMatchObject({ outcome: 'good', problems: [] })
  }
})

it('leads on to the newest posted root, over however many seals', async () => {
  const again = []
  const { sku } = await stand.product(12)
  for (let i = 0; i < 12; i++) {
    const order = await stand.bought(await stand.meet(), sku)
    await sealedReceipt(order.no)
    again.push(order.no)
  }
  stand.clock.advance(hours(25))
  const late = await stand.bought(await stand.meet(), (await stand.product(1)).sku)
  await sealedReceipt(late.no)
  await expect.poll(async () => (await check(JSON.stringify(await sealedReceipt(no)))).posted).toBe('covered')
  for (const order of [no, ...again]) {
    const made = await sealedReceipt(order)
    expect(Number(made.posted?.seal.number)).toBeGreaterThan(13)
    expect(await check(JSON.stringify(made))).toMatchObject({ outcome: 'good', posted: 'covered' })
    const other = structuredClone(made) as unknown as { posted: { seal: { history: string } } }
    other.posted.seal.history = other.posted.seal.history.replace(/^../, (two) => (two === '00' ? '01' : '00'))
    const verdict = await check(JSON.stringify(other))
    expect(verdict.problems).toContain('posted')
  }
})

it('is told apart from one in which anything was changed', async () => {
  for (const field of ['id', 'xact', 'at', 'actor', 'action', 'data'])
    for (const entry of [0, 1]) {
      const fake = altered((copy) => Object.assign(copy.entry, { [field]: '17' }), entry)
      expect((await check(fake)).problems).toContain('entry')
    }
  for (const field of [
    'number',
    'epoch',
    'after',
    'low',
    'high',
    'last',
    'size',
    'root',
    'previous',
    'history',
    'at',
    'key',
  ]) {
    const fake = altered((copy) => Object.assign(copy.seal, { [field]: 'ab'.repeat(32) }), 1)
    expect((await check(fake)).outcome).toBe('bad')
  }
  const moved = altered((copy) => Object.assign(copy, { index: copy.index + 1 }))
  expect((await check(moved)).problems).toContain('entry')
  const longer = altered((copy) => Object.assign(copy, { path: [...copy.path, 'ab'.repeat(32)] }))
  expect((await check(longer)).problems).toContain('entry')
  const unsigned = altered((copy) => Object.assign(copy, { signature: '' }))
  expect((await check(unsigned)).problems).toContain('signature')
  expect((await check(text({ order: 'AAAA2222' }))).problems).toEqual(['order'])
  expect((await check(text({ entries: receipt.entries.slice(0, 1) }))).problems).toEqual(['order'])
  for (const nonsense of [
    '',
    '{',
    'null',
    '[]',
    '{}',
    text({ entries: [] }),
    text({ entries: [{}] }),
    text({ posted: 1 }),
  ])
    expect((await check(nonsense)).outcome).toBe('unreadable')
})

it('is checked as far as the browser can', async () => {
  const { subtle } = crypto
  const without = {
    digest: subtle.digest.bind(subtle),
    importKey: async () => {
      throw new DOMException('', 'NotSupportedError')
    },
  }
  expect(await check(text(), without)).toMatchObject({ outcome: 'unsigned', problems: [] })
  const fake = altered((copy) => Object.assign(copy.entry, { at: '17' }))
  expect(await check(fake, without)).toMatchObject({ outcome: 'bad' })
})

it('can be held against the log by whoever has it', async () => {
  const db = openDatabase(stand.connection, silentLog)
  atEnd(() => db.close())
  const held = async (json: string) => {
    const read = readReceipt(json)
    return read && (await checkReceipt(db, read)).map(({ kind }) => kind)
  }
  expect(await held(text())).toEqual([])
  expect(await held(altered((copy) => Object.assign(copy.entry, { at: '17' })))).toEqual(['receipt_invalid'])
  expect(await held(text({ order: 'AAAA2222' }))).toEqual(['receipt_invalid', 'receipt_invalid'])
  expect(await held('{}')).toBeUndefined()
  // The shop has made its history anew since, in which that seal is another.
  await db.pool.query('UPDATE audit_seal SET last_id = last_id + 1 WHERE number = $1', [
    receipt.entries[1]?.seal.number,
  ])
  expect(await held(text())).toContain('receipt_invalid')
  await db.pool.query('UPDATE audit_seal SET last_id = last_id - 1 WHERE number = $1', [
    receipt.entries[1]?.seal.number,
  ])
})

it('is not made of an entry that is no longer what was sealed', async () => {
  await stand.rows(`UPDATE audit_entry SET at = at + interval '1 h' WHERE subject = $1`, [`order:${no}`])
  await expect(stand.shop.audit.receipt(no)).rejects.toMatchObject({ code: 'audit.tampered' })
})

it('is not made of an order that was not delivered', async () => {
  const order = await stand.order(await stand.meet(), (await stand.product(1)).sku)
  expect(await stand.shop.audit.receipt(order.no)).toBeUndefined()
  expect(await stand.shop.audit.receipt('ZZZZ2222')).toBeUndefined()
})
