import { type KeyObject, X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { after, type Clock, hours, minutes, seconds } from '../../../platform/clock.ts'
import { KeytillError } from '../../../platform/errors.ts'
import type { Log } from '../../../platform/log.ts'
import type { Merchant } from './merchant.ts'
import { type HeaderOf, isFresh, isSealed, openSealed, sealIn } from './signature.ts'

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number
  readonly header: HeaderOf
  readonly body: string
}

/** The keys by which WeChat Pay's words are known: of its certificates, which it changes, and the one public key of its newer mode. */
export interface PlatformKeys {
  /**
   * The key with this serial number or id; undefined when WeChat Pay has none of it.
   * @throws whatever asking for the certificates throws
   */
  find(serial: string): Promise<KeyObject | undefined>
}

/** How old a list of certificates may be, in ms: a new one stands in it a day before it is used. */
const KEPT = hours(12)
/** How soon a serial number that nobody knows makes us ask again, in ms: those who forge calls may name any. */
const ASKED_AGAIN = minutes(1)
/** … and how soon after WeChat Pay could not be asked. */
const FAILED_AGAIN = seconds(5)

const listSchema = z.object({
  data: z.array(
    z.object({
      serial_no: z.string(),
      encrypt_certificate: z.object({
        algorithm: z.literal('AEAD_AES_256_GCM'),
        ciphertext: z.string(),
        nonce: z.string(),
        associated_data: z.string().optional(),
      }),
    }),
  ),
})

interface Known {
  readonly key: KeyObject
  readonly until: Date
}

/** `ask` gets the list of certificates; its answer is sealed by one of those in it, or by the public key. */
export function createPlatformKeys(
  { publicKey, apiV3Key }: Pick<Merchant, 'publicKey' | 'apiV3Key'>,
  ask: () => Promise<RawAnswer>,
  clock: Clock,
  log: Log,
): PlatformKeys {
  let known: ReadonlyMap<string, Known> = new Map()
  let readAt: Date | undefined
  let notBefore = new Date(0)
  let reading: Promise<void> | undefined
  let isFailing = false

  async function read(): Promise<void> {
    notBefore = after(clock(), FAILED_AGAIN)
    isFailing = true
    const { status, header, body } = await ask()
    if (status !== 200)
      throw new KeytillError('wechat_pay.no_certificates', `WeChat Pay gave no certificates (${status}).`)
    const found = certificatesIn(body, apiV3Key)
    const seal = sealIn(header)
    const by = seal?.serial === publicKey?.id ? publicKey?.key : found.get(seal?.serial.toUpperCase() ?? '')?.key
    if (!seal || !by || !isFresh(seal, clock()) || !isSealed(by, seal, body))
      throw new KeytillError('wechat_pay.unsealed', 'A list of certificates did not come from WeChat Pay.')
    known = found
    readAt = clock()
    notBefore = after(readAt, ASKED_AGAIN)
    isFailing = false
  }

  /** Once for all who wait. */
  const again = (): Promise<void> =>
    (reading ??= read().finally(() => {
      reading = undefined
    }))

  return {
    async find(serial) {
      if (publicKey && serial === publicKey.id) return publicKey.key
      if (serial.startsWith('PUB_KEY_ID_')) return undefined
      const name = serial.toUpperCase()
      const now = clock()
      const isOld = readAt !== undefined && after(readAt, KEPT) <= now
      if (!known.has(name)) {
        if (reading || notBefore <= now) await again()
        // Nobody knows whether there is such a key: that is no word against who named it.
        else if (isFailing)
          throw new KeytillError(
            'wechat_pay.no_certificates',
            'The certificates of WeChat Pay could not be had just now.',
          )
      } else if (isOld && notBefore <= now)
        again().catch((err: unknown) => log.warn({ err }, 'certificates of WeChat Pay could not be renewed'))
      const { key, until } = known.get(name) ?? {}
      return until && until > now ? key : undefined
    },
  }
}

/** The certificates of a list, by their serial numbers. Only who knows our APIv3 key can have made it. */
function certificatesIn(body: string, apiV3Key: Buffer): ReadonlyMap<string, Known> {
  const { data } = listSchema.parse(JSON.parse(body))
  return new Map(
    data.map(({ serial_no, encrypt_certificate }) => {
      const certificate = new X509Certificate(openSealed(apiV3Key, encrypt_certificate))
      const serial = serial_no.toUpperCase()
      if (certificate.serialNumber.toUpperCase() !== serial)
        throw new KeytillError(
          'wechat_pay.unsealed',
          'A certificate of WeChat Pay has another number than its list says.',
        )
      return [serial, { key: certificate.publicKey, until: new Date(certificate.validTo) }]
    }),
  )
}
