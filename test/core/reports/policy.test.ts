import { describe, expect, it } from 'vitest'
import { boundsOf, compareBooks, daysDue, lastDay, type TwoBooks } from '../../../core/reports/policy.ts'

describe('days', () => {
  it('are days of the calendar, in UTC', () => {
    expect(boundsOf('2028-02-29')).toEqual({
      from: new Date('2028-02-29T00:00:00Z'),
      to: new Date('2028-03-01T00:00:00Z'),
    })
    for (const none of ['2026-02-29', '2026-6-1', '', 'today', '2026-06-01T00:00', '2026-13-01'])
      expect([none, boundsOf(none)]).toEqual([none, undefined])
  })

  it('are over ten minutes after their end', () => {
    expect(lastDay(new Date('2026-06-02T00:09:59Z'))).toBe('2026-05-31')
    expect(lastDay(new Date('2026-06-02T00:10:00Z'))).toBe('2026-06-01')
  })

  it('are made up for, the last seven of them', () => {
    const now = new Date('2026-06-10T08:00:00Z')
    expect(daysDue('2026-06-09', now)).toEqual([])
    expect(daysDue('2026-06-07', now)).toEqual(['2026-06-08', '2026-06-09'])
    expect(daysDue('2026-01-01', now)).toHaveLength(7)
    expect(daysDue('2026-01-01', now)[0]).toBe('2026-06-03')
  })
})

describe('a provider’s book and ours', () => {
  const payment = (reference: string, amount = 990) => ({
    reference,
    orderNo: `NO-${reference}`,
    amount,
    currency: 'CNY',
  })
  const refund = (reference: string, refundId: string, back = 990, part = false) => ({
    ...payment(reference),
    refundId,
    back,
    part,
  })
  const books = (different: Partial<TwoBooks>): TwoBooks => ({
    theirs: { payments: [payment('a'), payment('b')], refunds: [{ reference: 'b' }], isByRefund: false },
    known: new Map([
      ['a', { ...payment('a'), isBack: false }],
      ['b', { ...payment('b'), isBack: true }],
    ]),
    knownRefunds: new Map(),
    ours: { payments: [payment('a'), payment('b')], refunds: [refund('b', '7')] },
    ...different,
  })
  const found = (different: Partial<TwoBooks>) =>
    compareBooks(books(different)).map(({ kind, subject, orderNo, expected, actual }) => [
      kind,
      subject,
      orderNo,
      expected,
      actual,
    ])

  it('agree', () => {
    expect(found({})).toEqual([])
    expect(found({ ours: { payments: [], refunds: [] } }), 'theirs is longer than the day').toEqual([])
  })

  it('differ in what we do not know', () => {
    expect(found({ known: new Map([['b', { ...payment('b'), isBack: true }]]) })).toEqual([
      ['book_unknown', 'a', 'NO-a', '990 CNY', undefined],
    ])
    expect(
      found({
        known: new Map([['a', { ...payment('a'), isBack: false }]]),
        theirs: { payments: [payment('a')], refunds: [{ reference: 'b' }], isByRefund: false },
        ours: { payments: [], refunds: [] },
      }),
    ).toEqual([['book_refund_unknown', 'b', undefined, undefined, undefined]])
  })

  it('differ in an amount, or in what went back', () => {
    const known = new Map([
      ['a', { ...payment('a', 1), isBack: false }],
      ['b', { ...payment('b'), isBack: false }],
    ])
    expect(found({ known })).toEqual([
      ['book_amount', 'a', 'NO-a', '990 CNY', '1 CNY'],
      ['book_refund_unknown', 'b', 'NO-b', undefined, undefined],
    ])
  })

  it('differ in what they do not know', () => {
    expect(found({ theirs: { payments: [payment('b')], refunds: [], isByRefund: false } })).toEqual([
      ['book_missing', 'a', 'NO-a', undefined, '990 CNY'],
      ['book_refund_missing', 'b', 'NO-b', undefined, '990 CNY'],
    ])
  })

  it('of a provider that writes down each refund, agree and differ in parts', () => {
    const theirs = (...refunds: { reference: string; refundId?: string; amount: number }[]) => ({
      payments: [payment('a'), payment('b')],
      refunds,
      isByRefund: true,
    })
    const knownRefunds = new Map([
      ['7', { amount: 990, failed: false }],
      ['8', { amount: 300, failed: false }],
      ['9', { amount: 100, failed: true }],
    ])
    const ours = { payments: [], refunds: [refund('b', '7'), refund('a', '8', 300, true)] }
    const whole = { reference: 'b', refundId: '7', amount: 990 }
    const part = { reference: 'a', refundId: '8', amount: 300 }
    expect(found({ theirs: theirs(whole, part), knownRefunds, ours })).toEqual([])
    expect(found({ theirs: theirs(whole), knownRefunds, ours })).toEqual([
      ['book_refund_missing', 'a', 'NO-a', undefined, '300 CNY'],
    ])
    expect(found({ theirs: theirs(whole, { ...part, amount: 301 }), knownRefunds, ours })).toEqual([
      ['book_refund_unknown', 'a', 'NO-a', '301', '300'],
    ])
    const failed = { reference: 'a', refundId: '9', amount: 100 }
    const byHand = { reference: 'a', amount: 50 }
    expect(found({ theirs: theirs(whole, part, failed, byHand), knownRefunds, ours }).map(([kind]) => kind)).toEqual([
      'book_refund_unknown',
      'book_refund_unknown',
    ])
    expect(found({ theirs: theirs({ reference: 'b', amount: 990 }, part), knownRefunds, ours })).toEqual([])
  })
})
