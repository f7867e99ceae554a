import { describe, expect, it } from 'vitest'
import { bold, code, italic, type RichText, spoiler } from '../../../bots/dialogue/screen.ts'
import { printText } from '../../../bots/terminal/print.ts'
import { columns, graphemes } from '../../../bots/terminal/width.ts'

const lines = (text: RichText, width: number) => printText(text, { colour: false, width }).split('\n')
const widthOf = (line: string) => graphemes(line).reduce((sum, g) => sum + columns(g), 0)

describe('printText', () => {
  it('wraps at spaces and leaves what fits alone', () => {
    expect(lines(['one two  three\n\nfour'], 10)).toEqual(['one two', 'three', '', 'four'])
    expect(lines(['exactly 10\nnext'], 10)).toEqual(['exactly 10', 'next'])
  })

  it('wraps Chinese by its width, with no mark at the head of a line', () => {
    const wrapped = lines(['欢迎光临，这里有会员卡和充值卡。请输入数字选择商品（1–9）。'], 12)
    expect(wrapped.join('')).toBe('欢迎光临，这里有会员卡和充值卡。请输入数字选择商品（1–9）。')
    expect(wrapped.every((line) => widthOf(line) <= 12)).toBe(true)
    expect(wrapped.some((line) => /^[，。）]|（$/.test(line))).toBe(false)
    expect(wrapped[0]).toBe('欢迎光临，这')
  })

  it('counts an emoji and a combined character as one', () => {
    expect(['👨‍👩‍👧', '卡', 'ｶ', 'e\u0301', 'A', '\u200B', '❤️'].map(columns)).toEqual([2, 2, 1, 1, 1, 0, 2])
    expect(lines(['👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧'], 4)).toEqual(['👨‍👩‍👧👨‍👩‍👧', '👨‍👩‍👧'])
  })

  it('never cuts a key, an address or a word', () => {
    const key = 'ABCD-EFGH IJKL-MNOP'
    expect(lines(['Key: ', code(key), ' now'], 12)).toEqual(['Key:', key, 'now'])
    expect(lines([{ text: 'How', link: 'https://example.org/how/to' }], 12)).toEqual([
      'How:',
      'https://example.org/how/to',
    ])
    expect(lines(['see AB', bold('CD'), 'EF'], 6)).toEqual(['see', 'ABCDEF'])
  })

  it('shows styles with colours only, and closes them on every line', () => {
    const text = [bold('big shop'), ' ', italic('dim'), ' ', spoiler('plain')]
    expect(lines(text, 80)).toEqual(['big shop dim plain'])
    expect(printText(text, { colour: true, width: 4 })).toBe(
      '\u001B[1mbig\u001B[22m\n\u001B[1mshop\u001B[22m\n\u001B[2mdim\u001B[22m\nplain',
    )
  })

  it('lets no text steer the terminal', () => {
    const printed = printText(['\u001B[2Jgone\u0007\u009B1m', bold('\u202Eevil'), '\ttab\r\nline'], {
      colour: false,
      width: 80,
    })
    expect(printed).toBe('\uFFFD[2Jgone\uFFFD\uFFFD1m\uFFFDevil  tab\nline')
  })
})
