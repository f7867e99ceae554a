import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { KeytillError } from '../../../platform/errors.ts'
import { type Settings, wechatPayAppId } from '../../../platform/settings.ts'

/** What payments through WeChat Pay are kept under. */
export const WECHAT_PAY = 'wechat-pay'

/** Who we are to WeChat Pay, and by what its words are known for its own. */
export interface Merchant {
  readonly mchId: string
  readonly appId: string
  readonly serial: string
  readonly privateKey: KeyObject
  /** 32 bytes */
  readonly apiV3Key: Buffer
  /** the key that a merchant in public-key mode was given; without it its certificates are asked for */
  readonly publicKey: { readonly id: string; readonly key: KeyObject } | undefined
  /** without a slash at the end */
  readonly apiRoot: string
  /** where WeChat Pay calls us */
  readonly notifyUrl: string
}

/** Where on the web server WeChat Pay calls us. */
export const NOTIFY_PATH = '/pay/wechat/notify'

/**
 * The merchant that the settings describe; undefined when they name none.
 * @throws KeytillError `settings.invalid` when a key cannot be read or is none
 */
export function merchantOf(settings: Settings): Merchant | undefined {
  const {
    WECHAT_PAY_MCH_ID: mchId,
    WECHAT_PAY_KEY: key,
    WECHAT_PAY_SERIAL: serial,
    WECHAT_PAY_API_V3_KEY: secret,
    WECHAT_PAY_PUBLIC_KEY: publicKey,
    WECHAT_PAY_PUBLIC_KEY_ID: id,
  } = settings
  const appId = wechatPayAppId(settings)
  if (!mchId || !key || !serial || !secret || !appId) return undefined
  return {
    mchId,
    appId,
    serial: serial.toUpperCase(),
    privateKey: rsa('WECHAT_PAY_KEY', key, createPrivateKey),
    apiV3Key: Buffer.from(secret),
    publicKey: publicKey && id ? { id, key: rsa('WECHAT_PAY_PUBLIC_KEY', publicKey, createPublicKey) } : undefined,
    apiRoot: settings.WECHAT_PAY_API_ROOT,
    notifyUrl: `${settings.PUBLIC_URL ?? ''}${NOTIFY_PATH}`,
  }
}

/** A key out of a setting: what stands in its file, with line ends as such or as `\n`, or the file's path. */
function rsa(name: string, value: string, read: (pem: string) => KeyObject): KeyObject {
  try {
    const key = read(value.includes('-----BEGIN') ? value.replaceAll('\\n', '\n') : readFileSync(value, 'utf8'))
    if (key.asymmetricKeyType === 'rsa') return key
  } catch {
    // A library's message may repeat what it was given.
  }
  throw new KeytillError(
    'settings.invalid',
    `${name}: there is no RSA key in it; set it to the path of the .pem file that WeChat Pay’s merchant platform gave you, or to what stands in that file`,
  )
}
