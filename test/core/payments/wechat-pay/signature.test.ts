import { createCipheriv, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refundIdIn, refundNo } from '../../../../core/payments/providers/wechat-pay/refunds.ts'
import {
  authorization,
  isFresh,
  isSealed,
  openSealed,
  signRows,
  verifyRows,
} from '../../../../core/payments/providers/wechat-pay/signature.ts'
import { rsaKeys } from '../../../fakes/wechat-pay/certificate.ts'

const keys = rsaKeys()
const other = rsaKeys()
const KEY = Buffer.from('0123456789abcdef0123456789ABCDEF')
const RUNS = { numRuns: 60 }

const sealed = (text: string, associated_data: string, nonce = 'abcdefghijkl') => {
  const cipher = createCipheriv('aes-256-gcm', KEY, nonce).setAAD(Buffer.from(associated_data))
  const bytes = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()])
  return { ciphertext: bytes.toString('base64'), nonce, associated_data }
}

describe('a signature', () => {
  it('is good for what was signed, by whom it was signed, and nothing else', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (one, two, more) => {
        const signature = signRows(keys.privateKey, one, two)
        expect(verifyRows(keys.publicKey, signature, one, two)).toBe(true)
        expect(verifyRows(other.publicKey, signature, one, two)).toBe(false)
        expect(verifyRows(keys.publicKey, signature, one, `${two}${more}x`)).toBe(false)
        expect(verifyRows(keys.publicKey, signature, two, one)).toBe(one === two)
      }),
      RUNS,
    )
  })

  it('of a request says who asks, over what is sent', () => {
    const merchant = { mchId: '1900000109', serial: 'AB12', privateKey: keys.privateKey }
    const request = { method: 'POST', target: '/v3/pay?x=1', body: '{"a":"中"}' }
    const header = authorization(merchant, request, new Date('2026-06-01T00:00:01.999Z'), 'n'.repeat(32))
    const signature = sign(
      'sha256',
      Buffer.from(`POST\n/v3/pay?x=1\n1780272001\n${'n'.repeat(32)}\n{"a":"中"}\n`),
      keys.privateKey,
    )
    expect(header).toBe(
      `WECHATPAY2-SHA256-RSA2048 mchid="1900000109",nonce_str="${'n'.repeat(32)}",signature="${signature.toString('base64')}",timestamp="1780272001",serial_no="AB12"`,
    )
  })

  it('over a body fails for any byte that is changed, added or lost', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), (body, at) => {
        const seal = { serial: 'x', timestamp: '1780272000', nonce: 'n', signature: '' }
        const signature = signRows(keys.privateKey, seal.timestamp, seal.nonce, body)
        const place = at % body.length
        expect(isSealed(keys.publicKey, { ...seal, signature }, body)).toBe(true)
        for (const changed of [`${body.slice(0, place)}${body.slice(place + 1)}`, `${body}\n`, ` ${body}`])
          expect(isSealed(keys.publicKey, { ...seal, signature }, changed)).toBe(false)
      }),
      RUNS,
    )
  })

  it('is of now within five minutes, and never when its time is no number', () => {
    const now = new Date('2026-06-01T00:00:00Z')
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), (off) => {
        expect(isFresh({ timestamp: String(now.getTime() / 1000 + off) }, now)).toBe(Math.abs(off) <= 300)
      }),
    )
    for (const timestamp of ['', ' 1780272000', '1780272000.0', '1e9', '-1', 'NaN'])
      expect(isFresh({ timestamp }, now)).toBe(false)
  })
})

describe('what is sealed', () => {
  it('opens to what it was, with its own data and nonce', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, data) => {
        const box = sealed(text, data)
        expect(openSealed(KEY, box)).toBe(Buffer.from(text).toString())
        const refused = expect.objectContaining({ code: 'wechat_pay.unopenable' })
        expect(() => openSealed(KEY, { ...box, associated_data: `${data}x` })).toThrow(refused)
        expect(() => openSealed(KEY, { ...box, nonce: 'abcdefghijkm' })).toThrow(refused)
        expect(() => openSealed(Buffer.alloc(32), box)).toThrow(refused)
      }),
      RUNS,
    )
  })

  it('does not open when any one bit of it is another, nor when it is cut', () => {
    const box = sealed('{"amount":{"total":990}}', 'transaction')
    const bytes = Buffer.from(box.ciphertext, 'base64')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const spoiled = Buffer.from(bytes)
      spoiled[bit >> 3] = (spoiled[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => openSealed(KEY, { ...box, ciphertext: spoiled.toString('base64') })).toThrow()
    }
    for (let length = 0; length < bytes.length; length++)
      expect(() => openSealed(KEY, { ...box, ciphertext: bytes.subarray(0, length).toString('base64') })).toThrow()
  })
})

it('a refund’s number names the refund, of its payment only', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[0-9]{20,32}$/),
      fc.bigInt({ min: 1n, max: 10n ** 17n }),
      fc.integer({ min: 1, max: 99 }),
      (reference, id, attempt) => {
        const no = refundNo({ reference, refundId: String(id), attempt })
        expect(no).toMatch(/^[\w|*@-]{1,64}$/)
        expect(refundIdIn(no, reference)).toBe(String(id))
        expect(refundIdIn(no, `${reference}1`)).toBeUndefined()
      },
    ),
  )
  for (const no of ['', 'by-hand', '42_', '42_x', '42_1_', '42_1_2_3']) expect(refundIdIn(no, '42')).toBeUndefined()
})
