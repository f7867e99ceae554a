import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Claim } from '../../../core/claims/model.ts'
import { claimStatesBefore, claimsCsv, csvCell } from '../../../core/claims/policy.ts'
import { defectPercent, mayComplain, mayDecide } from '../../../core/complaints/policy.ts'
import { claimRefused, claimSettled, keyLost } from '../../../core/ledger/policy.ts'

describe('a cell of an export', () => {
  it.each(['=1+1', '+1', '-1', '@x', '\tx', '\rx'])('never begins a formula: %j', (text) => {
    expect(csvCell(text).replace(/^"/, '')).toMatch(/^'/)
  })

  it('can be read back, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const cell = csvCell(text)
        const read = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell
        expect([text, `'${text}`]).toContain(read)
        expect(read).not.toMatch(/^[=+\-@\t\r]/)
      }),
    )
  })
})

it('exports claims as a table with a key’s number and never its text', () => {
  const claim: Claim = {
    id: 1,
    supplierId: 2,
    supplier: '=HYPERLINK("x"), Ltd',
    batchId: 3,
    cardId: 4n,
    sku: 'SKU',
    orderNo: 'K7MQ4XD2',
    reason: 'invalid',
    cost: 123456,
    currency: 'CNY',
    state: 'open',
    amount: undefined,
    openedAt: new Date(0),
    closedAt: undefined,
  }
  const [, row] = claimsCsv([claim]).split('\r\n')
  expect(row).toBe(`1,"'=HYPERLINK(""x""), Ltd",3,4,SKU,K7MQ4XD2,invalid,1234.56,CNY,open,,1970-01-01T00:00:00.000Z,`)
})

it('closes a claim once', () => {
  expect(claimStatesBefore('settled')).toEqual(['open', 'accepted'])
  expect(claimStatesBefore('open')).toEqual(['accepted'])
})

it('books a claim away to nothing, however it ends', () => {
  const sum = (bookings: ReturnType<typeof keyLost>[], account: string) =>
    bookings
      .flatMap(({ entries }) => entries)
      .reduce(
        (all, { debit, credit, amount }) => all + (debit === account ? amount : 0) - (credit === account ? amount : 0),
        0,
      )
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(20_000), fc.boolean(), (cost, made, refused) => {
      const lost = keyLost({ cardId: 1n, cost, currency: 'CNY', from: 'goods', claimed: true })
      const goods = { cost, currency: 'CNY' }
      const end = refused ? claimRefused(1, goods) : claimSettled(1, goods, made)
      expect(sum([lost, end], 'assets:claims')).toBe(0)
      expect(sum([lost, end], 'expenses:losses')).toBe(refused ? cost : cost - made)
      for (const { entries } of [lost, end]) for (const { amount } of entries) expect(amount).toBeGreaterThan(0)
    }),
  )
})

describe('a complaint', () => {
  it('is about a key that was shown and not judged', () => {
    expect(mayComplain({ state: 'shown', complaint: undefined })).toBe(true)
    expect(mayComplain({ state: 'used', complaint: { state: 'withdrawn', ticketId: 1 } })).toBe(true)
    expect(mayComplain({ state: 'unseen', complaint: undefined })).toBe(false)
    for (const state of ['open', 'rejected', 'refunded'] as const)
      expect(mayComplain({ state: 'shown', complaint: { state, ticketId: 1 } })).toBe(false)
  })

  it('can be decided while it is open, and after a rejection', () => {
    expect(
      ['open', 'rejected', 'replaced', 'refunded', 'withdrawn'].filter((state) => mayDecide(state as 'open')),
    ).toEqual(['open', 'rejected'])
  })

  it('counts among the keys sold', () => {
    expect(defectPercent({ sold: 0, upheld: 0 })).toBeUndefined()
    expect(defectPercent({ sold: 3, upheld: 1 })).toBe(33.3)
  })
})
