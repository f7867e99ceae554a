import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { formatRule } from '../../../core/inventory/format.ts'
import { linesOf } from '../../../core/inventory/lines.ts'
import { csvOf, type KeyRow, type Row, rowsOf } from '../../../core/inventory/rows.ts'
import { hours, minutes } from '../../../core/platform/clock.ts'
import { type Buyer, openShop, type Stand, type Stocked } from '../../stand/shop.ts'
import { knownNow, staffOf } from '../../stand/staff.ts'
import { expectSound } from '../sale/invariants.ts'

let stand: Stand
let boss: Buyer
let product: Stocked
beforeEach(async () => {
  stand = await openShop()
  boss = await staffOf(stand, 'owner')
  product = await stand.product(10)
})

const exports = () => stand.shop.exports
async function take(by: Buyer, keys: number, different: { sku?: string; batchId?: number; ref?: string } = {}) {
  const { ref = randomUUID(), ...scope } = different
  const request = { sku: product.sku, ...scope, keys, reason: 'back to the supplier', channel: 'test' }
  await stand.shop.approvals.submit(by, 'export', request, ref, { keys })
  const made = await exports().made(ref)
  if (!made) throw new Error('nothing was exported')
  return made
}
const fileOf = async (id: number, by = boss) => (await exports().open(id, by.pseudonym, 'test')).toString()
const codesIn = (file: string): string[] =>
  file
    .replace(/^\uFEFF/, '')
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(',')[0] ?? '')

describe('a file of exported keys', () => {
  const text = fc
    .string({
      unit: fc.oneof(fc.constantFrom(...'=+-@,"\'; #----'), fc.string({ minLength: 1, maxLength: 1 })),
      minLength: 1,
    })
    .filter((code) => code.isWellFormed() && !/\p{Cc}|\p{Zl}|\p{Zp}|\ufffd|\ufeff/u.test(code))
    .filter((code) => code.trim() === code && code !== '' && !/^\d(\.\d+)?E\+\d+$/i.test(code))
  const row: fc.Arbitrary<KeyRow> = fc
    .record(
      {
        code: text,
        password: fc.option(text, { nil: undefined }),
        expires: fc.option(fc.date({ min: new Date('2027-01-01'), max: new Date('2099-01-01'), noInvalidDate: true })),
        cost: fc.option(fc.integer({ min: 0, max: 100_000_000 })),
      },
      { requiredKeys: ['code', 'password', 'expires', 'cost'] },
    )
    .map(({ code, password, expires, cost }) => ({
      key: password === undefined ? { code } : { code, password },
      ...(expires === null ? {} : { expiresAt: expires }),
      ...(cost === null ? {} : { cost }),
    }))

  it('is read back by an import as it was, character by character', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('CNY', 'JPY'),
        async (keys, currency) => {
          const rules = { format: formatRule('code'), currency, now: new Date('2026-06-01') }
          const read: Row[] = []
          for await (const found of rowsOf(linesOf([Buffer.from(csvOf(keys, currency))]), rules)) read.push(found)
          expect(read.map((found) => ('row' in found ? found.row : found))).toEqual(keys)
        },
      ),
    )
  })

  it('keeps what a spreadsheet takes for a formula, as another shop must get the same key', () => {
    expect(csvOf([{ key: { code: '=1+1' } }], 'CNY')).toBe('\uFEFFkey,password,expires,cost\r\n=1+1,,,\r\n')
  })
})

describe('an export', () => {
  it('takes the keys that would be sold last, and they are never sold again', async () => {
    const made = await take(boss, 3)
    expect(made).toMatchObject({ keys: 3, sku: product.sku, by: boss.pseudonym, reason: 'back to the supplier' })
    expect(codesIn(await fileOf(made.id))).toEqual(product.codes.slice(7))
    expect((await stand.shop.inventory.levels(product.sku, 0)).items[0]).toMatchObject({ available: 7 })
    await stand.bought(await stand.meet(), product.sku, 7)
    expect((await stand.ask(await stand.meet(), product.sku)).refused).toBeDefined()
    await expectSound(stand)
  })

  it('can be imported into another shop, with passwords, expiry and cost, and not into this one', async () => {
    const goods = await stand.product(0)
    await stand.stock(goods, ['A-1,secret,2027-01-02,1.50', '"B,2",,,', '=C3,,2026-12-31T10:00:00Z,0.20'])
    const made = await take(boss, 3, { sku: goods.sku })
    const file = await exports().open(made.id, boss.pseudonym, 'test')
    const other = await openShop()
    const twin = await other.product(0)
    expect(await other.shop.inventory.import('operator', twin, 'file', [file])).toMatchObject({
      added: 3,
      malformed: 0,
    })
    const again = await staffOf(other, 'owner')
    await other.shop.approvals.submit(again, 'export', { sku: twin.sku, keys: 3, reason: 'x', channel: 'test' }, 'r', {
      keys: 3,
    })
    const round = await other.shop.exports.made('r')
    expect((await other.shop.exports.open(round?.id ?? 0, again.pseudonym, 'test')).toString()).toBe(file.toString())
    expect(await stand.shop.inventory.preview(goods, [file])).toMatchObject({ added: 0, duplicates: 3 })
    await expectSound(stand)
  })

  it('leaves alone what is reserved, sold, frozen, void or expired', async () => {
    const goods = await stand.product(0)
    await stand.stock(goods, ['E-1,,2026-06-02', ...Array.from({ length: 8 }, (_, n) => `K-${n}`)])
    await stand.bought(await stand.meet(), goods.sku)
    await stand.order(await stand.meet(), goods.sku)
    for (const [text, deed] of [
      ['K-7', 'freeze'],
      ['K-6', 'void'],
    ] as const) {
      const key = await stand.shop.inventory.find({ text })
      if (key) await stand.shop.inventory[deed](boss.pseudonym, key, 'faulty')
    }
    await stand.stock(goods, ['L-1,,2026-06-03'])
    stand.clock.advance(hours(72))
    expect(await exports().exportable({ sku: goods.sku })).toEqual({ sku: goods.sku, batchId: undefined, available: 5 })
    await expect(take(boss, 6, { sku: goods.sku })).rejects.toMatchObject({ code: 'export.short', message: '5' })
    const made = await take(boss, 5, { sku: goods.sku })
    expect(codesIn(await fileOf(made.id))).toEqual(['K-1', 'K-2', 'K-3', 'K-4', 'K-5'])
    await expectSound(stand)
  })

  it('takes all that are wanted or none, and leaves nothing of what failed', async () => {
    await expect(take(boss, 11, { ref: 'twice' })).rejects.toMatchObject({ code: 'export.short' })
    expect(await stand.rows('SELECT id FROM key_export')).toEqual([])
    expect(await exports().exportable({ sku: product.sku })).toMatchObject({ available: 10 })
    expect(await take(boss, 10, { ref: 'twice' })).toMatchObject({ keys: 10 })
  })

  it('takes only keys of one import when that is asked for', async () => {
    await stand.stock(product, ['Z-1', 'Z-2', 'Z-3'])
    const [first] = await stand.rows<{ id: number }>('SELECT min(id) AS id FROM batch WHERE product_id = $1', [
      product.id,
    ])
    const batchId = first?.id ?? 0
    expect(await exports().exportable({ batchId })).toEqual({ sku: product.sku, batchId, available: 10 })
    const made = await take(boss, 2, { batchId })
    expect(codesIn(await fileOf(made.id))).toEqual(product.codes.slice(8))
    expect(await exports().exportable({ batchId: 9999 })).toBeUndefined()
    expect(await exports().exportable({ sku: 'NONE' })).toBeUndefined()
  })

  it('is made once for one request, however often that is handled', async () => {
    const all = await Promise.all([1, 2, 3].map(() => take(boss, 2, { ref: 'event-1' })))
    expect(new Set(all.map(({ id }) => id)).size).toBe(1)
    expect(await exports().exportable({ sku: product.sku })).toMatchObject({ available: 8 })
    expect(await stand.jobs(`export:${all[0]?.id}`)).toHaveLength(1)
  })

  it('is booked, recorded with ids, and told in the history of each key', async () => {
    const goods = await stand.product(0)
    await stand.stock(goods, ['M-1,,,1.50', 'M-2,,,', 'M-3,,,2.00'])
    const made = await take(boss, 3, { sku: goods.sku })
    const booked = await stand.rows(
      `SELECT e.debit, e.credit, e.amount::int AS amount FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id WHERE t.ref = $1`,
      [`keys-exported:${made.id}`],
    )
    expect(booked).toEqual([{ debit: 'expenses:exported', credit: 'assets:stock', amount: 350 }])
    const cards = await stand.rows<{ id: bigint; batch_id: number }>(
      'SELECT id, batch_id FROM card_key WHERE product_id = $1 ORDER BY id DESC',
      [goods.id],
    )
    const audit = await stand.rows<{ data: { keys: number[] }; subject: string }>(
      `SELECT subject, data FROM audit_entry WHERE action = 'keys.exported'`,
    )
    expect(audit).toEqual([
      {
        subject: `batch:${cards[0]?.batch_id}`,
        data: {
          export: made.id,
          sku: goods.sku,
          reason: 'back to the supplier',
          count: 3,
          keys: cards.map(({ id }) => Number(id)),
        },
      },
    ])
    const key = await stand.shop.inventory.find({ text: 'M-2' })
    expect(key).toMatchObject({ state: 'exported', reason: 'back to the supplier' })
    const history = await stand.shop.inventory.history(key?.cardId ?? 0n)
    expect(history.map(({ what }) => what)).toEqual(['imported', 'exported'])
    if (key) expect(await stand.shop.inventory.void(boss.pseudonym, key, 'faulty')).toBe(false)
    if (key) expect(await stand.shop.inventory.unfreeze(boss.pseudonym, key)).toBe(false)
    await expectSound(stand)
  })

  it('that is not booked shows when the books are compared', async () => {
    const goods = await stand.product(0)
    await stand.stock(goods, ['N-1,,,1.50', 'N-2,,,2.00'])
    const made = await take(boss, 2, { sku: goods.sku })
    const losses = async () => {
      const { differences } = await stand.shop.reconciliation.compare(stand.clock().toISOString().slice(0, 10))
      return differences.filter(({ kind }) => kind === 'key_loss')
    }
    expect(await losses()).toEqual([])
    await stand.rows(`UPDATE ledger_entry SET amount = 1 WHERE debit = 'expenses:exported'`)
    expect(await losses()).toMatchObject([{ subject: `export ${made.id}`, expected: '350 CNY', actual: '1 CNY' }])
  })

  it.each(['manager', 'stock', 'finance', 'auditor'])('is not for a %s', async (role) => {
    const somebody = await staffOf(stand, role)
    await expect(take(somebody, 1)).rejects.toMatchObject({ code: 'approval.not_allowed' })
  })
})

describe('its file', () => {
  it('waits in a job of ids, and another process sends it when the one that took the keys was killed', async () => {
    const made = await take(boss, 3)
    const [job] = await stand.jobs(`export:${made.id}`)
    expect(job?.payload).toEqual({
      kind: 'export',
      to: { customerId: boss.id, channel: 'test', chat: boss.chat },
      exportId: made.id,
    })
    await stand.close()
    const later = await openShop({ beside: stand })
    await later.work()
    expect(await later.told.notice(({ kind }) => kind === 'export')).toMatchObject({ exportId: made.id })
    expect((await later.shop.exports.open(made.id, boss.pseudonym, 'test')).toString()).toContain(product.codes[9])
  })

  it('is for who asked alone, as long as they may, and for an hour after they first had it', async () => {
    const partner = await staffOf(stand, 'owner')
    const made = await take(boss, 2)
    await expect(fileOf(made.id, partner)).rejects.toMatchObject({ code: 'export.not_yours' })
    stand.clock.advance(hours(5))
    expect(exports().isOpenTo(made, boss.pseudonym)).toBe(true)
    await fileOf(made.id)
    await exports().sent(made.id)
    stand.clock.advance(minutes(59))
    await exports().sent(made.id)
    await fileOf(made.id)
    await stand.shop.staff.suspend(partner, boss.id)
    await expect(fileOf(made.id)).rejects.toMatchObject({ code: 'export.not_yours' })
    await stand.shop.staff.reinstate(partner, boss.id)
    stand.clock.advance(minutes(1))
    await expect(fileOf(made.id)).rejects.toMatchObject({ code: 'export.over' })
    const now = await exports().get(made.id)
    expect(now && exports().isOpenTo(now, boss.pseudonym)).toBe(false)
    const shown = await stand.rows<{ actor: string }>(
      `SELECT actor FROM audit_entry WHERE action = 'keys.export_shown' AND subject = $1`,
      [`export:${made.id}`],
    )
    expect(shown.map(({ actor }) => actor)).toEqual([boss.pseudonym, boss.pseudonym])
    await expect(fileOf(999)).rejects.toMatchObject({ code: 'export.unknown' })
  })
})

describe('a second person', () => {
  it('is asked from so many keys on, and the keys leave when they agree', async () => {
    const partner = await staffOf(stand, 'owner')
    const manager = await staffOf(stand, 'manager')
    await stand.shop.approvals.submit(boss, 'security', { change: { export: 3 } }, randomUUID())
    expect(await take(boss, 2)).toMatchObject({ keys: 2 })
    const request = { sku: product.sku, keys: 3, reason: 'x', channel: 'test' }
    const outcome = await stand.shop.approvals.submit(boss, 'export', request, 'key', { keys: 3 })
    const id = 'waiting' in outcome ? outcome.waiting : 0
    expect(await exports().exportable({ sku: product.sku })).toMatchObject({ available: 8 })
    await expect(stand.shop.approvals.grant(boss, id)).rejects.toMatchObject({ code: 'approval.yourself' })
    await expect(stand.shop.approvals.grant(manager, id)).rejects.toMatchObject({ code: 'approval.not_allowed' })
    await stand.shop.approvals.grant(partner, id)
    const made = await exports().made(`approval:${id}`)
    expect(made).toMatchObject({ keys: 3, by: boss.pseudonym })
    expect(await stand.jobs(`export:${made?.id}`)).toMatchObject([{ payload: { to: { customerId: boss.id } } }])
    await expect(exports().open(made?.id ?? 0, partner.pseudonym, 'test')).rejects.toMatchObject({
      code: 'export.not_yours',
    })
    await expectSound(stand)
  })

  it('finds it waiting still when there are too few keys left', async () => {
    const partner = await staffOf(stand, 'owner')
    await stand.shop.approvals.submit(boss, 'security', { change: { export: 1 } }, randomUUID())
    const request = { sku: product.sku, keys: 10, reason: 'x', channel: 'test' }
    const outcome = await stand.shop.approvals.submit(boss, 'export', request, 'key', { keys: 10 })
    const id = 'waiting' in outcome ? outcome.waiting : 0
    await stand.bought(await stand.meet(), product.sku)
    await expect(stand.shop.approvals.grant(partner, id)).rejects.toMatchObject({ code: 'export.short' })
    expect((await stand.shop.approvals.get(id))?.state).toBe('waiting')
    await expectSound(stand)
  })
})

describe('at the same moment', () => {
  it('sales, exports, freezing and voiding never share a key', async () => {
    for (const round of [1, 2, 3]) {
      const goods = await stand.product(60)
      const keys = await Promise.all(goods.codes.slice(20, 40).map((text) => stand.shop.inventory.find({ text })))
      const buyers = await Promise.all(Array.from({ length: 20 }, () => stand.meet()))
      const results = await Promise.allSettled([
        ...buyers.map((buyer) => stand.bought(buyer, goods.sku, 1 + (round % 2))),
        ...Array.from({ length: 8 }, () => take(boss, 4, { sku: goods.sku })),
        ...keys.flatMap((key, index) =>
          key ? [stand.shop.inventory[index % 2 ? 'freeze' : 'void'](boss.pseudonym, key, 'leaked')] : [],
        ),
      ])
      const failed = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []))
      for (const reason of failed) expect(reason).toMatch(/^(KeytillError: \d+|Error: the order was refused)/)
      await expectSound(stand)
    }
    expect((await stand.rows('SELECT id FROM key_export')).length).toBeGreaterThan(0)
    expect((await knownNow(stand, boss)).role).toBe('owner')
  })
})
