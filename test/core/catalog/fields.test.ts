import { describe, expect, it } from 'vitest'
import { changeOf, levelOf } from '../../../core/catalog/policy.ts'

describe('a field of a product', () => {
  it.each<[string, string, unknown]>([
    ['name', ' Monthly card ', { kind: 'text', field: 'name', language: '', value: 'Monthly card' }],
    ['name.zh', '月卡', { kind: 'text', field: 'name', language: 'zh', value: '月卡' }],
    ['name.zh', '-', { kind: 'text', field: 'name', language: 'zh', value: null }],
    ['redeem.en', 'Open the app', { kind: 'text', field: 'redeem', language: 'en', value: 'Open the app' }],
    ['description', '-', { kind: 'text', field: 'description', language: '', value: null }],
    ['price', '9.9', { kind: 'column', column: 'price', value: 990 }],
    ['price', '￥1,000', { kind: 'column', column: 'price', value: 100_000 }],
    ['price', '0.01', { kind: 'column', column: 'price', value: 1 }],
    ['stars', '50', { kind: 'column', column: 'stars', value: 50 }],
    ['stars', '-', { kind: 'column', column: 'stars', value: null }],
    ['limit', '1', { kind: 'column', column: 'limit', value: 1 }],
    ['limit', '1000', { kind: 'column', column: 'limit', value: 1000 }],
    ['limit', '１０', { kind: 'column', column: 'limit', value: 10 }],
    ['shelf', 'OFF', { kind: 'column', column: 'on_shelf', value: false }],
    ['shelf', '开', { kind: 'column', column: 'on_shelf', value: true }],
    ['demo', 'yes', { kind: 'column', column: 'demo', value: true }],
    ['format', 'qr', { kind: 'column', column: 'format', value: 'qr' }],
    ['format', ' pair:9999 ', { kind: 'column', column: 'format', value: 'pair:9999' }],
    [
      'picture',
      'https://example.com/a.png',
      { kind: 'column', column: 'picture_url', value: 'https://example.com/a.png' },
    ],
    ['picture', '-', { kind: 'column', column: 'picture_url', value: null }],
    ['category', '会员', { kind: 'category', name: '会员' }],
    ['category', '-', { kind: 'category', name: null }],
  ])('%s = %j', (field, value, change) => {
    expect(changeOf(field, value, 'CNY')).toEqual(change)
  })

  it.each([
    ['product.value', 'name', ''],
    ['product.value', 'name', 'x'.repeat(81)],
    ['product.value', 'description', 'x'.repeat(1501)],
    ['money.malformed', 'price', '-1'],
    ['money.malformed', 'price', 'free'],
    ['money.malformed', 'price', '-'],
    ['product.value', 'price', '0'],
    ['product.value', 'stars', '0'],
    ['product.value', 'stars', '1.5'],
    ['product.value', 'stars', '100001'],
    ['product.value', 'limit', '0'],
    ['product.value', 'limit', '1001'],
    ['product.value', 'limit', '十'],
    ['product.value', 'limit', '-'],
    ['product.value', 'shelf', 'perhaps'],
    ['product.value', 'format', 'anything'],
    ['product.value', 'format', 'qr:AAAA'],
    ['product.value', 'picture', 'http://example.com/a.png'],
    ['product.value', 'picture', 'javascript:alert(1)'],
    ['product.value', 'category', ''],
    ['product.value', 'category', 'x'.repeat(41)],
    ['product.field', 'colour', 'red'],
    ['product.field', 'price.zh', '1'],
    ['product.field', 'name.fr', 'Carte'],
    ['product.field', '__proto__', 'x'],
    ['product.field', 'toString', 'x'],
  ])('%s: %s = %j', (code, field, value) => {
    expect(() => changeOf(field, value, 'CNY')).toThrow(expect.objectContaining({ code }))
  })

  it('has no name that can be cleared, for then it would have none', () => {
    expect(changeOf('name', '-', 'CNY')).toMatchObject({ value: '-' })
  })
})

it.each([
  [-1, 'none'],
  [0, 'none'],
  [1, 'few'],
  [10, 'few'],
  [11, 'plenty'],
])('%i keys are %s', (count, level) => {
  expect(levelOf(count)).toBe(level)
})
