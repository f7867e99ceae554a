import { expect, it } from 'vitest'
import { searchFor } from './needles.ts'

const secret = 'Qw3rTyU8oPaS5dFgHjKl'
const search = searchFor(['another0secret0of0somebody', secret])
const hide = (written: string | Buffer) =>
  Buffer.concat([Buffer.from('noise '), Buffer.from(written), Buffer.from(' noise')])

it('finds any twelve bytes of a secret, in every form, wherever they begin', () => {
  for (let start = 0; start + 12 <= secret.length; start++) {
    const part = secret.slice(start, start + 12)
    expect(search(hide(part))).toEqual([{ secret: 1, form: 'plain', at: 6 }])
    expect(search(hide(part.toLowerCase()))).toMatchObject([{ secret: 1, form: 'lower case' }])
    expect(search(hide(part.toUpperCase()))).toMatchObject([{ secret: 1, form: 'upper case' }])
    expect(search(hide(Buffer.from(part).toString('hex')))).toMatchObject([{ secret: 1, form: 'hex' }])
    expect(search(hide(Buffer.from(part).toString('hex').toUpperCase()))).toMatchObject([{ form: 'upper hex' }])
    expect(search(hide(Buffer.from(part, 'utf16le')))).toMatchObject([{ secret: 1, form: 'UTF-16' }])
  }
})

it('finds a secret in base64, however many bytes stand before it', () => {
  for (const before of ['', 'a', 'ab', 'abc', 'abcd'])
    for (const encoding of ['base64', 'base64url'] as const)
      expect(search(hide(Buffer.from(`${before}${secret}`).toString(encoding))).length).toBeGreaterThan(0)
})

it('finds nothing where there is less of it', () => {
  expect(search(hide(secret.slice(0, 11)))).toEqual([])
  expect(search(hide(`${secret.slice(0, 2)}****${secret.slice(-2)}`))).toEqual([])
})
