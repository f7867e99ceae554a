import { describe, expect, it } from 'vitest'
import { isSourceName, linkOf, payloadOf, startsOf } from '../../../core/sources/policy.ts'

describe('what a deep link carries', () => {
  it.each([
    ['src_blog', [{ source: 'blog' }]],
    ['src_Blog-2', [{ source: 'blog-2' }]],
    ['p_STEAM50', [{ sku: 'STEAM50' }]],
    ['p_STEAM50_src_blog', [{ sku: 'STEAM50_src_blog' }, { sku: 'STEAM50', source: 'blog' }]],
    ['p_a_src_b_src_c', [{ sku: 'a_src_b_src_c' }, { sku: 'a_src_b', source: 'c' }]],
    [`p_${'A'.repeat(24)}_src_${'b'.repeat(24)}`, [{ sku: 'A'.repeat(24), source: 'b'.repeat(24) }]],
    ['p__src_blog', [{ sku: '_src_blog' }]],
    ['', []],
    ['src_', []],
    ['src_a b', []],
    ['hello', []],
    [`p_${'A'.repeat(80)}`, []],
  ])('%j', (payload, starts) => {
    expect(startsOf(payload)).toEqual(starts)
  })
})

it.each([
  ['xiaohongshu', true],
  ['a-1', true],
  ['a'.repeat(24), true],
  ['a'.repeat(25), false],
  ['other', false],
  ['-a', false],
  ['A', false],
  ['a_b', false],
  ['小红书', false],
  ['', false],
])('a source may be called %j: %s', (name, may) => {
  expect(isSourceName(name)).toBe(may)
})

it('makes the link of a door, within what a platform takes', () => {
  const start = 'https://t.me/shop?start='
  const door = { shop: `${start}src_{source}`, product: `${start}p_{sku}_src_{source}`, plain: `${start}p_{sku}` }
  expect(linkOf(door, { source: 'blog' })).toBe('https://t.me/shop?start=src_blog')
  expect(linkOf(door, { sku: 'X1' })).toBe('https://t.me/shop?start=p_X1')
  const longest = linkOf(door, { source: 'b'.repeat(24), sku: 'A'.repeat(24) })
  expect(longest.slice(start.length).length).toBeLessThanOrEqual(64)
})

it.each([{ sku: 'X1' }, { source: 'blog' }, { sku: 'A_src_B', source: 'blog' }])(
  'carries %j there and back',
  (start) => {
    expect(startsOf(payloadOf(start))).toContainEqual(start)
  },
)
