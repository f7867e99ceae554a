import { describe, expect, it } from 'vitest'
import { keyboard } from '../../../bots/telegram/keyboard.ts'
import { partsOf } from '../../../bots/telegram/parts.ts'
import { cut, format } from '../../../bots/telegram/text.ts'

const file = { name: 'keys.txt', mime: 'text/plain', bytes: new Uint8Array([1]) }
const picture = { url: 'https://shop.example/card.png' }
const invoice = {
  title: 'Order 1',
  description: 'A card',
  payload: '1',
  currency: 'XTR',
  amount: 5,
  label: 'x',
} as const
const buttons = [[{ label: 'Back', action: 'back' }]]
const shape = (screen: Parameters<typeof partsOf>[0]) =>
  partsOf(screen).map(({ kind, text, buttons }) => [kind, text.text.length, buttons !== undefined])

describe('texts', () => {
  it('carry their styles at offsets in UTF-16 units', () => {
    const rich = [
      '🎮 ',
      { text: '密码', style: 'bold' },
      ' مفتاح ',
      { text: '👨‍👩‍👧', style: 'spoiler' },
      { text: 'a', link: 'https://a.b' },
    ] as const
    const { text, entities } = format(rich)
    expect(text).toBe('🎮 密码 مفتاح 👨‍👩‍👧a')
    expect(entities.map((e) => [e.type, text.slice(e.offset, e.offset + e.length)])).toEqual([
      ['bold', '密码'],
      ['spoiler', '👨‍👩‍👧'],
      ['text_link', 'a'],
    ])
    expect(format([{ text: '', style: 'code' }, '<b>*_']).entities).toEqual([])
  })

  it('are cut between characters, with an ellipsis', () => {
    expect(cut('x'.repeat(32), 32)).toBe('x'.repeat(32))
    expect(cut('🎮🎮🎮', 2)).toBe('🎮…')
  })
})

describe('a screen', () => {
  const long = ['x'.repeat(1025)]
  it.each([
    ['a text', { text: ['hi'], buttons }, [['text', 2, true]]],
    ['a picture with its text', { text: ['hi'], picture, buttons }, [['photo', 2, true]]],
    [
      'a picture above a long text',
      { text: long, picture, buttons },
      [
        ['photo', 0, false],
        ['text', 1025, true],
      ],
    ],
    ['a file with its text', { text: ['hi'], file, buttons }, [['document', 2, true]]],
    [
      'a file below a long text',
      { text: long, file, buttons },
      [
        ['text', 1025, false],
        ['document', 0, true],
      ],
    ],
    [
      'a picture and a file',
      { text: ['hi'], picture, file },
      [
        ['photo', 2, false],
        ['document', 0, false],
      ],
    ],
    ['an invoice, whose title is not said twice', { text: ['Order 1'], invoice, buttons }, [['invoice', 0, true]]],
    [
      'an invoice below a text of its own',
      { text: ['hi'], invoice, buttons },
      [
        ['text', 2, false],
        ['invoice', 0, true],
      ],
    ],
    ['nothing but a file', { text: [' '], file }, [['document', 0, false]]],
  ])('becomes %s', (_what, screen, expected) => {
    expect(shape(screen)).toEqual(expected)
  })

  it('protects texts, but neither files nor what could then not be copied', () => {
    const protect = true
    const secret = (copy: string) => ({ text: ['k'], protect, buttons: [[{ label: 'Copy', copy }]] })
    expect(partsOf(secret('k'))[0]?.protect).toBe(true)
    expect(partsOf(secret('k'.repeat(257)))[0]?.protect).toBe(false)
    expect(partsOf({ text: ['k'], protect, file })[0]?.protect).toBe(false)
  })
})

describe('a keyboard', () => {
  it('has every kind of button, and its styles', () => {
    const rows = [
      [
        { label: 'Pay', action: 'pay', style: 'success' },
        { label: 'Copy', copy: 'ABC' },
      ],
      [{ label: 'Help', url: 'https://shop.example/help' }],
    ] as const
    expect(keyboard(rows)).toEqual({
      inline_keyboard: [
        [
          { text: 'Pay', callback_data: 'pay', style: 'success' },
          { text: 'Copy', copy_text: { text: 'ABC' } },
        ],
        [{ text: 'Help', url: 'https://shop.example/help' }],
      ],
    })
  })

  it('leaves out what Telegram would refuse the message for', () => {
    const urls = ['http://localhost:8787/x', 'ftp://a.b', 'javascript:alert(1)', 'https://'].map((url) => ({
      label: 'x',
      url,
    }))
    expect(keyboard([urls, [{ label: 'x', copy: '' }]])).toBeUndefined()
    expect(keyboard([[{ label: 'x', url: 'tg://user?id=1' }], urls])?.inline_keyboard).toHaveLength(1)
  })
})
