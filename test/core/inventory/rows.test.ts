import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { formatRule } from '../../../core/inventory/format.ts'
import { linesOf } from '../../../core/inventory/lines.ts'
import { type Row, rowsOf } from '../../../core/inventory/rows.ts'

const NOW = new Date('2026-06-01T08:00:00Z')

async function read(text: string, format = 'code'): Promise<Row[]> {
  const rules = { format: formatRule(format), currency: 'CNY', now: NOW }
  const rows: Row[] = []
  for await (const row of rowsOf(linesOf([Buffer.from(text)]), rules)) rows.push(row)
  return rows
}
const rowOf = async (line: string, format?: string) => (await read(line, format))[0]
const key = (code: string, password?: string) => ({ key: password === undefined ? { code } : { code, password } })

describe('a line of keys', () => {
  it.each([
    ['AAAA-1111', key('AAAA-1111')],
    ['  AAAA-1111\t', key('AAAA-1111')],
    ['100200300,s3cret', key('100200300', 's3cret')],
    ['100200300 , s3cret ', key('100200300', 's3cret')],
    ['100200300\ts3cret', key('100200300', 's3cret')],
    ['100200300----s3cret', key('100200300', 's3cret')],
    ['100200300----', key('100200300')],
    ['"AAAA-1111"', key('AAAA-1111')],
    ['"AA,AA","p""w"', key('AA,AA', 'p"w')],
    ['"AA----11"----"pw"', key('AA----11', 'pw')],
    ['AAAA-1111,,,', key('AAAA-1111')],
    ['AA----11,pw', key('AA----11', 'pw')],
    ['卡一', key('卡一')],
  ])('%j', async (line, row) => {
    expect(await rowOf(line)).toEqual({ line: 1, row })
  })

  it.each([
    ['2026-12-31', '2026-12-31T23:59:59.000Z'],
    ['2026/6/1', '2026-06-01T23:59:59.000Z'],
    ['2028-02-29', '2028-02-29T23:59:59.000Z'],
    ['2026-12-31T10:00:00Z', '2026-12-31T10:00:00.000Z'],
    ['2026-12-31T10:00:00+08:00', '2026-12-31T02:00:00.000Z'],
    ['2026-12-31 10:00', '2026-12-31T10:00:00.000Z'],
    ['2026-12-31 10:00:30', '2026-12-31T10:00:30.000Z'],
  ])('is good until %s', async (typed, expiresAt) => {
    expect(await rowOf(`A,,${typed}`)).toEqual({ line: 1, row: { ...key('A'), expiresAt: new Date(expiresAt) } })
  })

  it.each([
    ['9.9', 990],
    ['0', 0],
    ['¥1.05', 105],
  ])('costs %s', async (typed, cost) => {
    expect(await rowOf(`A,,,${typed}`)).toEqual({ line: 1, row: { ...key('A'), cost } })
  })
})

describe('the time zone of the machine', () => {
  const zone = process.env.TZ
  afterEach(() => {
    process.env.TZ = zone
    if (zone === undefined) delete process.env.TZ
  })

  it('does not change when a key expires', async () => {
    process.env.TZ = 'Asia/Shanghai'
    expect(new Date('2026-12-31T10:00').getTimezoneOffset()).toBe(-480)
    expect(await rowOf('A,,2026-12-31 10:00')).toMatchObject({ row: { expiresAt: new Date('2026-12-31T10:00:00Z') } })
    expect(await rowOf('A,,2026-12-31')).toMatchObject({ row: { expiresAt: new Date('2026-12-31T23:59:59Z') } })
  })
})

describe('a line that is no key', () => {
  it.each([
    ['columns', ',password'],
    ['columns', 'A,p,2026-12-31,9.9,more'],
    ['quotes', 'AA"BB'],
    ['quotes', '"AAAA'],
    ['control_characters', 'AA\u001b[0mBB'],
    ['control_characters', 'AA\u007fBB'],
    ['control_characters', 'AA\ufffdBB'],
    ['control_characters', 'A,p\u0085w'],
    ['too_long', 'x'.repeat(1501)],
    ['too_long', `${'卡'.repeat(400)},${'密'.repeat(101)}`],
    ['too_long', 'x'.repeat(9000)],
    ['spreadsheet_number', '1.23457E+15'],
    ['spreadsheet_number', '1E+15'],
    ['expires', 'A,,31/12/2026'],
    ['expires', 'A,,46022'],
    ['expires', 'A,,2026-02-30'],
    ['expires', 'A,,2027-02-29'],
    ['expires', 'A,,2026-02-30T10:00'],
    ['expires', 'A,,2026-12-31T25:00'],
    ['expires', 'A,,soon'],
    ['expired', 'A,,2026-05-31'],
    ['expired', 'A,,2026-06-01T08:00:00Z'],
    ['cost', 'A,,,-1'],
    ['cost', 'A,,,cheap'],
  ])('%s: %j', async (problem, line) => {
    expect(await rowOf(line)).toEqual({ line: 1, problem })
  })

  it('does not stop those after it, and blank lines keep their number', async () => {
    expect(await read('A\n\n  \n"\nB\n')).toEqual([
      { line: 1, row: key('A') },
      { line: 4, problem: 'quotes' },
      { line: 5, row: key('B') },
    ])
  })
})

describe('a heading', () => {
  it.each([
    ['key,password', 'A,p', key('A', 'p')],
    ['Code', 'A', key('A')],
    ['卡密', 'A', key('A')],
    ['卡号,密码', 'A,p', key('A', 'p')],
    // Sellers call the number 卡号 and its secret 卡密: alone the latter is the whole key.
    ['卡号,卡密', 'A,p', key('A', 'p')],
    ['number\tcode', 'A\tp', key('A', 'p')],
    ['卡号----卡密', 'A----p', key('A', 'p')],
    ['密码,卡号', 'p,A', key('A', 'p')],
    ['cost,expires,key', '9.9,2026-12-31,A', { ...key('A'), expiresAt: new Date('2026-12-31T23:59:59Z'), cost: 990 }],
    ['二维码,成本', 'A,9.9', { ...key('A'), cost: 990 }],
    ['卡号,有效期,进价', 'A,2026-12-31,9.9', { ...key('A'), expiresAt: new Date('2026-12-31T23:59:59Z'), cost: 990 }],
    ['"Key","Password"', 'A,p', key('A', 'p')],
  ])('%j', async (heading, line, row) => {
    expect(await read(`\n${heading}\n${line}`)).toEqual([{ line: 3, row }])
  })

  it.each(['key', '卡密'])('is only a first line: %j later on is a key', async (word) => {
    expect(await read(`A\n${word}`)).toEqual([
      { line: 1, row: key('A') },
      { line: 2, row: key(word) },
    ])
  })

  it('is not a line with anything else in it', async () => {
    expect(await read('key,KEY-1')).toEqual([{ line: 1, row: key('key', 'KEY-1') }])
    expect(await read('password')).toEqual([{ line: 1, row: key('password') }])
  })

  it('bounds the columns', async () => {
    expect(await read('key\nA,p')).toEqual([{ line: 2, problem: 'columns' }])
  })
})

describe('the format of a product', () => {
  it.each([
    ['code:AAAA-9999', 'ABCD-1234', true],
    ['code:AAAA-9999', 'abcd-1234', true],
    ['code:AAAA-9999', 'ABC1-1234', false],
    ['code:AAAA-9999', 'ABCD-12345', false],
    ['code:AAAA-9999', 'xABCD-1234', false],
    ['code:XX.X', 'a1.Z', true],
    ['code:XX.X', 'a1xZ', false],
    ['code:9(9)', '1(2)', true],
    ['code:[9]', '[1]', true],
    ['code:A\\9', 'a\\1', true],
    ['code:A^$', 'a^$', true],
    ['link', 'https://example.com/a?b=c', true],
    ['link', 'http://example.com', true],
    ['link', 'ftp://example.com/a', false],
    ['link', 'javascript:alert(1)', false],
    ['link', 'example.com/a', false],
    ['qr', 'WIFI:T:WPA;S:卡一;P:x;;', true],
  ])('%s: %s %s', async (format, code, fits) => {
    expect(await rowOf(code, format)).toEqual(fits ? { line: 1, row: key(code) } : { line: 1, problem: 'format' })
  })

  it('of a pair wants a password, and the pattern is that of the number', async () => {
    expect(await rowOf('half of it,and half', 'qr')).toEqual({ line: 1, problem: 'format' })
    expect(await rowOf('123456', 'pair')).toEqual({ line: 1, problem: 'password_missing' })
    expect(await rowOf('123456,p', 'pair')).toEqual({ line: 1, row: key('123456', 'p') })
    expect(await rowOf('123456----p', 'pair:999999')).toEqual({ line: 1, row: key('123456', 'p') })
    expect(await rowOf('12345,p', 'pair:999999')).toEqual({ line: 1, problem: 'format' })
  })

  it.each(['', 'codes', 'code:', 'code: 99', 'link:99', 'code:A A', `code:${'9'.repeat(65)}`, 'CODE'])(
    'cannot be %j',
    (rule) => {
      expect(() => formatRule(rule)).toThrow(expect.objectContaining({ code: 'product.value' }))
    },
  )

  it('cannot be made slow by a pattern', () => {
    const pattern = fc.string({ unit: fc.constantFrom(...'A9X()[]{}*+?.|\\^$-'), minLength: 1, maxLength: 64 })
    fc.assert(
      fc.property(pattern, (shape) => {
        const { fits } = formatRule(`code:${shape}`)
        const sample = Array.from(shape, (symbol) => ({ A: 'k', '9': '7', X: '3' })[symbol] ?? symbol).join('')
        expect(fits({ code: sample })).toBe(true)
        expect(fits({ code: `${sample}!` })).toBe(false)
        expect(fits({ code: `!${sample}` })).toBe(false)
      }),
    )
  })
})

it('reads back any pair that was quoted as a spreadsheet does it', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '1', ',', '"', '-', ' ', '卡', ';'), minLength: 1 })
  const trimmed = cell.map((text) => text.trim()).filter((text) => text !== '')
  await fc.assert(
    fc.asyncProperty(trimmed, trimmed, fc.constantFrom(',', '\t'), async (code, password, comma) => {
      const quoted = [code, password].map((text) => `"${text.replaceAll('"', '""')}"`).join(comma)
      expect(await rowOf(quoted)).toEqual({ line: 1, row: key(code, password) })
    }),
  )
})
