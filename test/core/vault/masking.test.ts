import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mask } from '../../../core/vault/masking.ts'

describe('mask', () => {
  it.each([
    ['', '****'],
    ['A', '****'],
    ['ABCD', '****'],
    ['ABCDE', '****'],
    ['ABCDEF', 'A****F'],
    ['ABCDEFG', 'A****G'],
    ['ABCDEFGHIJK', 'A****K'],
    ['ABCDEFGHIJKL', 'AB****KL'],
    ['12345678-ABCDEFGH-IJKLMN-89', '12****89'],
    ['  ABCDEFGHIJKL\n', 'AB****KL'],
    ['卡密一二三四五六七八九十', '卡密****九十'],
    ['😀😁😂🤣😃😄😅😆😉😊😋😎', '😀😁****😋😎'],
    ['\u202eABCDEFGHIJKL\u200b', 'AB****KL'],
  ])('of %j is %j', (text, masked) => {
    expect(mask(text)).toBe(masked)
  })

  it.each([
    ['https://example.com/redeem/ABCDEF123456', 'https://example.com/re****56'],
    ['HTTPS://Example.com:8443/r?code=ABCDEF123456', 'https://example.com:8443/r?****56'],
    ['https://example.com/?c=1', 'https://example.com/****'],
    ['https://user:secret@example.com/ABCDEF123456', 'https://example.com/AB****56'],
    ['https://example.com#ABCDEF123456', 'https://example.com/#A****56'],
  ])('of the link %s is %s', (text, masked) => {
    expect(mask(text)).toBe(masked)
  })

  it.each([
    ['https://THESECRETITSELF', 'ht****LF'],
    ['https://example.com/', 'ht****m/'],
    ['https://example.com/a with password ABCDEF', 'ht****EF'],
    ['https://[broken/ABCDEF', 'ht****EF'],
    ['javascript:alert(1)//abc', 'ja****bc'],
  ])('of %s, which is no link with something behind the host, is %s', (text, masked) => {
    expect(mask(text)).toBe(masked)
  })

  const notLink = fc.string({ unit: 'grapheme', maxLength: 200 }).filter((text) => !/^\s*https?:/i.test(text))

  it('shows at most two characters at either end and a third of them all, around four stars', () => {
    fc.assert(
      fc.property(notLink, (text) => {
        const shown = shownAround(mask(text))
        expect(shown.before.length).toBeLessThanOrEqual(2)
        expect(shown.after.length).toBe(shown.before.length)
        expect((shown.before.length + shown.after.length) * 3).toBeLessThanOrEqual(Array.from(text).length)
      }),
    )
  })

  it('looks the same for every length from 12 on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 12, max: 500 }), fc.integer({ min: 12, max: 500 }), (a, b) => {
        expect(mask('7'.repeat(a))).toBe(mask('7'.repeat(b)))
      }),
    )
  })

  it('shows no more than that of what stands behind the host of a link', () => {
    const path = fc.stringMatching(/^[A-Za-z0-9]{1,60}$/)
    fc.assert(
      fc.property(path, (secret) => {
        const masked = mask(`https://example.com/${secret}`)
        expect(masked.startsWith('https://example.com/')).toBe(true)
        const { before, after } = shownAround(masked.slice('https://example.com/'.length))
        expect(before.length + after.length).toBeLessThanOrEqual(Math.min(4, secret.length / 3))
      }),
    )
  })

  /** The characters before and after the stars. The text's own stars cannot mislead: at most two stand on either side. */
  function shownAround(masked: string): { before: string[]; after: string[] } {
    const characters = Array.from(masked)
    const before = characters.slice(0, (characters.length - 4) / 2)
    expect(characters.slice(before.length, before.length + 4).join('')).toBe('****')
    return { before, after: characters.slice(before.length + 4) }
  }
})
