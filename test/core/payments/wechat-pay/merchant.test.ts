import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { merchantOf } from '../../../../core/payments/providers/wechat-pay/merchant.ts'
import { readSettings } from '../../../../core/platform/settings.ts'
import { rsaKeys } from '../../../fakes/wechat-pay/certificate.ts'

const keys = rsaKeys()
const folder = mkdtempSync(join(tmpdir(), 'keytill-merchant-'))
afterAll(() => rmSync(folder, { recursive: true }))

const merchant = (different: Readonly<Record<string, string>>) =>
  merchantOf(
    readSettings({
      WECHAT_PAY_MCH_ID: '1900000109',
      WECHAT_APP_ID: 'wxd678efh567hg6787',
      WECHAT_PAY_KEY: keys.privatePem,
      WECHAT_PAY_SERIAL: 'ab12cd34',
      WECHAT_PAY_API_V3_KEY: '0123456789abcdef0123456789abcdef',
      PUBLIC_URL: 'https://shop.example/till/',
      ...different,
    }),
  )

it('is none without settings, and takes the official account’s AppID where it has no other', () => {
  expect(merchantOf(readSettings({}))).toBeUndefined()
  expect(merchant({})).toMatchObject({
    appId: 'wxd678efh567hg6787',
    serial: 'AB12CD34',
    notifyUrl: 'https://shop.example/till/pay/wechat/notify',
  })
  expect(merchant({ WECHAT_PAY_APP_ID: 'wx2' })?.appId).toBe('wx2')
})

it('has its keys from a file, or from the setting itself, with line ends as they survive in an environment', () => {
  const path = join(folder, 'apiclient_key.pem')
  writeFileSync(path, keys.privatePem)
  const expected = merchant({})?.privateKey
  for (const value of [path, keys.privatePem.replaceAll('\n', '\\n')])
    expect(expected && merchant({ WECHAT_PAY_KEY: value })?.privateKey.equals(expected)).toBe(true)
})

it.each([
  ['WECHAT_PAY_KEY', { WECHAT_PAY_KEY: '/nowhere/key.pem' }],
  ['WECHAT_PAY_KEY', { WECHAT_PAY_KEY: '-----BEGIN PRIVATE KEY-----\nGEHEIM\n-----END PRIVATE KEY-----' }],
  ['WECHAT_PAY_PUBLIC_KEY', { WECHAT_PAY_PUBLIC_KEY: 'GEHEIM', WECHAT_PAY_PUBLIC_KEY_ID: 'PUB_KEY_ID_01' }],
])('stops the start when %s is no key, and says what to set: %j', (name, different) => {
  expect(() => merchant(different)).toThrow(
    expect.objectContaining({ code: 'settings.invalid', message: expect.stringMatching(`^${name}: .*set it to`) }),
  )
  expect(() => merchant(different)).not.toThrow(/GEHEIM/)
})
