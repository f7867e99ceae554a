import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
})

const bytes = (...lines: string[]) => [Buffer.from(lines.join('\n'))]

it('tells what is new, double and malformed, and in which lines, before and after', async () => {
  const product = await stand.product(0)
  await stand.stock(product, ['OLD-1'])
  const file = bytes('NEW-1', '', 'OLD-1', 'NEW-2', 'NEW-1', '"broken', 'NEW-3,,yesterday')
  const expected = {
    added: 2,
    duplicates: 2,
    malformed: 2,
    duplicateLines: [3, 5],
    malformedLines: [
      { line: 6, problem: 'quotes' },
      { line: 7, problem: 'expires' },
    ],
  }
  expect(await stand.shop.inventory.preview(product, file)).toEqual(expected)
  expect((await stand.shop.inventory.levels(product.sku, 0)).items).toMatchObject([{ available: 1 }])
  expect(await stand.shop.inventory.import('operator', product, 'file', file)).toMatchObject(expected)
  expect((await stand.shop.inventory.levels(product.sku, 0)).items).toMatchObject([{ available: 3 }])
  expect(await stand.shop.inventory.import('operator', product, 'file', file)).toMatchObject({
    added: 0,
    duplicates: 4,
  })
})

it('knows a key from another batch and another product', async () => {
  const first = await stand.product(0)
  const second = await stand.product(0)
  await stand.stock(first, ['SHARED-1,password'])
  const again = await stand.shop.inventory.preview(
    second,
    bytes('SHARED-1', 'SHARED-1,other', 'ＳＨＡＲＥＤ-1', 'shared-1'),
  )
  expect(again).toMatchObject({ added: 1, duplicateLines: [1, 2, 3] })
})

it('keeps the first of two lines with one code, however long their passwords are', async () => {
  const product = await stand.product(0)
  const file = bytes(`DOUBLE-0`, `DOUBLE-1,${'long'.repeat(60)}`, 'DOUBLE-1,short')
  expect(await stand.shop.inventory.preview(product, file)).toMatchObject({ added: 2, duplicateLines: [3] })
  const report = await stand.shop.inventory.import('operator', product, 'file', file)
  expect(report).toMatchObject({ added: 2, duplicateLines: [3] })
  const buyer = await stand.meet()
  const order = await stand.bought(buyer, product.sku, 2)
  const keys = await stand.shop.delivery.reveal(order, buyer, 'test')
  expect(keys.map(({ key }) => key.password)).toEqual([undefined, 'long'.repeat(60)])
})

it('names only the first lines of a fault, and counts them all', async () => {
  const product = await stand.product(0)
  const file = bytes(...Array.from({ length: 50 }, () => 'SAME-1'), ...Array.from({ length: 50 }, () => '"'))
  const report = await stand.shop.inventory.preview(product, file)
  expect(report).toMatchObject({ added: 1, duplicates: 49, malformed: 50 })
  expect(report.duplicateLines).toEqual(Array.from({ length: 20 }, (_, index) => index + 2))
  expect(report.malformedLines).toHaveLength(20)
})

it('imports in chunks, each of them told', async () => {
  const product = await stand.product(0)
  const lines = Array.from({ length: 12_000 }, (_, index) => `BULK-${index % 11_000}`)
  const added: number[] = []
  const report = await stand.shop.inventory.import('operator', product, 'shell', bytes(...lines), (progress) =>
    added.push(progress.added),
  )
  expect(report).toMatchObject({ added: 11_000, duplicates: 1000 })
  expect(added).toEqual([5000, 10_000, 11_000])
  const rows = await stand.rows(
    'SELECT added, duplicates, malformed, finished_at IS NOT NULL AS finished FROM batch WHERE product_id = $1',
    [product.id],
  )
  expect(rows).toEqual([{ added: 11_000, duplicates: 1000, malformed: 0, finished: true }])
})

it('keeps what was added before a file turned out to be broken off, with what it cost and who brought it', async () => {
  const product = await stand.product(0)
  const lines = Array.from({ length: 5003 }, (_, index) => (index === 1 ? '"' : `BREAK-${index},,,0.02`))
  async function* breaking() {
    yield Buffer.from(`${lines.join('\n')}\n`)
    throw new Error('connection lost')
  }
  await expect(stand.shop.inventory.import('operator', product, 'file', breaking())).rejects.toThrow('connection lost')
  expect((await stand.shop.inventory.levels(product.sku, 0)).items).toMatchObject([{ available: 5000 }])
  expect(await stand.shop.inventory.import('operator', product, 'file', bytes(...lines))).toMatchObject({
    added: 2,
    duplicates: 5000,
    malformed: 1,
  })
  const batches = await stand.rows<{ id: number }>(
    `SELECT id, added, duplicates, malformed, finished_at IS NOT NULL AS finished,
       (SELECT sum(e.amount)::int FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
        WHERE t.ref LIKE 'batch:' || b.id || ':%' AND e.debit = 'assets:stock') AS worth,
       (SELECT json_agg(data->'added' ORDER BY a.id) FROM audit_entry a WHERE a.subject = 'batch:' || b.id AND a.action = 'keys.imported') AS told
     FROM batch b WHERE product_id = $1 ORDER BY id`,
    [product.id],
  )
  expect(batches).toMatchObject([
    { added: 5000, duplicates: 0, malformed: 1, finished: false, worth: 10_000, told: [5000] },
    { added: 2, duplicates: 5000, malformed: 1, finished: true, worth: 4, told: [0, 2] },
  ])
})

it('adds nothing of a chunk whose worth cannot be booked', async () => {
  const product = await stand.product(0)
  const file = bytes('WHOLE-1,,,0.50', 'WHOLE-2,,,0.50')
  await stand.rows('ALTER TABLE ledger_entry ADD CONSTRAINT refused CHECK (amount <> 100) NOT VALID')
  await expect(stand.shop.inventory.import('operator', product, 'file', file)).rejects.toThrow('refused')
  await stand.rows('ALTER TABLE ledger_entry DROP CONSTRAINT refused')
  expect((await stand.shop.inventory.levels(product.sku, 0)).items).toMatchObject([{ available: 0 }])
  expect(await stand.shop.inventory.import('operator', product, 'file', file)).toMatchObject({
    added: 2,
    duplicates: 0,
  })
})

it('puts one key on the shelf when imports bring it at the same time, in another order', async () => {
  for (let round = 0; round < 4; round++) {
    const product = await stand.product(0)
    const lines = Array.from({ length: 3000 }, (_, index) => `${product.sku}-${index}`)
    const reports = await Promise.all(
      [lines, lines.toReversed(), lines].map((file) =>
        stand.shop.inventory.import('operator', product, 'file', bytes(...file)),
      ),
    )
    expect(reports.reduce((sum, report) => sum + report.added, 0)).toBe(3000)
    expect((await stand.shop.inventory.levels(product.sku, 0)).items).toMatchObject([{ available: 3000 }])
  }
})

it('leaves no key in plain text anywhere in the database', async () => {
  const product = await stand.product(0)
  const secret = 'PLAINTEXT-9B7F'
  const buyer = await stand.meet()
  await stand.stock(product, [`${secret},PASSWORD-9B7F`])
  const order = await stand.bought(buyer, product.sku)
  await stand.shop.delivery.reveal(order, buyer, 'test')
  const tables = await stand.rows<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'graphile_worker')`,
  )
  expect(tables.length).toBeGreaterThan(30)
  for (const { name } of tables) {
    const [hex, utf8] = ['PLAINTEXT-9B7F', 'PASSWORD-9B7F'].map((text) => Buffer.from(text).toString('hex'))
    const found = await stand.rows(
      `SELECT FROM ${name} AS t WHERE t::text LIKE ANY(ARRAY['%9B7F%', '%${hex}%', '%${utf8}%'])`,
    )
    expect([name, found.length]).toEqual([name, 0])
  }
})

it('does what its preview said', async () => {
  const code = fc.integer({ min: 0, max: 12 }).map((n) => `P-${n}`)
  const line = fc.oneof(
    { weight: 6, arbitrary: code },
    { weight: 3, arbitrary: fc.tuple(code, fc.constantFrom('p', 'q'.repeat(200))).map(([c, p]) => `${c},${p}`) },
    fc.constantFrom('', '"', 'X,,2020-01-01', 'ａｂｃ', 'abc', '1E+12'),
  )
  const files = fc.array(fc.array(line, { maxLength: 15 }), { minLength: 1, maxLength: 3 })
  let run = 0
  await fc.assert(
    fc.asyncProperty(files, async (several) => {
      const product = await stand.product(0)
      run += 1
      let stocked = 0
      for (const file of several) {
        const own = bytes(...file.map((text) => text.replace('P-', `P${run}-`).replace('abc', `abc${run}`)))
        const { added, duplicates, malformed, duplicateLines, malformedLines } = await stand.shop.inventory.preview(
          product,
          own,
        )
        const done = await stand.shop.inventory.import('operator', product, 'file', own)
        expect(done).toMatchObject({ added, duplicates, malformed, duplicateLines, malformedLines })
        expect(added + duplicates + malformed).toBeLessThanOrEqual(file.length)
        stocked += added
      }
      expect((await stand.shop.inventory.levels(product.sku, 0)).items).toMatchObject([{ available: stocked }])
    }),
    { numRuns: 25 },
  )
})
