import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSigned, isTimely, messageCipher, sign } from '../../../../bots/wechat/official-account/signing.ts'
import { readFields, writeFields } from '../../../../bots/wechat/official-account/xml.ts'
import { decrypt, encrypt } from '../../../fakes/wechat/wire.ts'

/** The example that WeChat's own sample code decrypts (加解密示例代码). */
const SAMPLE = {
  key: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
  appId: 'wx2c2769f8efd9abc2',
  token: 'spamtest',
  timestamp: '1409735669',
  nonce: '1320562132',
  signature: '5d197aaffba7e9b25a30732f161a50dee96bd5fa',
  encrypted:
    'hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE=',
}
const cipher = messageCipher(SAMPLE.key, SAMPLE.appId)

describe('a signature', () => {
  it('is that of the published example', () => {
    const { token, timestamp, nonce, encrypted, signature } = SAMPLE
    expect(sign(token, timestamp, nonce, encrypted)).toBe(signature)
    expect(isSigned(signature, nonce, encrypted, timestamp, token)).toBe(true)
  })

  it.each([null, '', 'x', SAMPLE.signature.toUpperCase(), `${SAMPLE.signature}0`])('is not %j', (given) => {
    const { token, timestamp, nonce, encrypted } = SAMPLE
    expect(isSigned(given, token, timestamp, nonce, encrypted)).toBe(false)
  })

  it('is good for five minutes', () => {
    const at = (seconds: number) => new Date(Number(SAMPLE.timestamp) * 1000 + seconds * 1000)
    for (const seconds of [-300, 0, 300]) expect(isTimely(SAMPLE.timestamp, at(seconds))).toBe(true)
    for (const seconds of [-301, 301]) expect(isTimely(SAMPLE.timestamp, at(seconds))).toBe(false)
    for (const odd of ['', 'x', '-1', '1e9', '1409735669.5']) expect(isTimely(odd, at(0))).toBe(false)
  })
})

describe('an encrypted message', () => {
  it('opens as in the published example', () => {
    const fields = readFields(cipher.decrypt(SAMPLE.encrypted) ?? '')
    expect(Object.fromEntries(fields ?? [])).toMatchObject({
      ToUserName: 'gh_10f6c3c3ac5a',
      FromUserName: 'oyORnuP8q7ou2gfYjqLzSIWZf0rs',
      MsgType: 'text',
      Content: 'abcdteT',
      MsgId: '6054768590064713728',
    })
  })

  it('goes both ways, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decrypt(SAMPLE.key, SAMPLE.appId, cipher.encrypt(text))).toBe(text)
        expect(cipher.decrypt(encrypt(SAMPLE.key, SAMPLE.appId, text))).toBe(text)
      }),
    )
  })

  it('is nothing for another account, changed, or cut', () => {
    expect(cipher.decrypt(encrypt(SAMPLE.key, 'wx0000000000000000', 'hi'))).toBeUndefined()
    expect(messageCipher(`x${SAMPLE.key.slice(1)}`, SAMPLE.appId).decrypt(SAMPLE.encrypted)).toBeUndefined()
    for (const odd of ['', 'AAAA', '!', SAMPLE.encrypted.slice(0, 44), SAMPLE.encrypted.slice(0, -8)])
      expect(cipher.decrypt(odd)).toBeUndefined()
  })
})

describe('the fields of a message', () => {
  it('come back as they were written, but for what XML cannot hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const kept = text
          .toWellFormed()
          .replace(/\r\n?/g, '\n')
          // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML forbids
          .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
        expect(readFields(writeFields({ Content: text.toWellFormed(), N: 1 }))?.get('Content')).toBe(kept)
      }),
    )
    expect(readFields(writeFields({ a: 'x]]>y' }))?.get('a')).toBe('x]]>y')
  })

  it.each([
    '',
    'hi',
    '{"a":1}',
    '<xml><a>1</a>',
    '<html><a>1</a></html>',
    '<xml><a>1</a><a>2</a></xml>',
    '<!DOCTYPE xml [<!ENTITY a "1">]><xml><a>&a;</a></xml>',
    '<xml><a>&unknown;</a></xml>',
  ])('are not in %s', (xml) => {
    expect(readFields(xml)).toBeUndefined()
  })
})
