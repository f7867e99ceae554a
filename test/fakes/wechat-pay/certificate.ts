import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** An RSA key pair. Its halves come as text: see core/platform/key-pair.ts for why. */
export interface Keys {
  readonly publicPem: string
  readonly privatePem: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** Slow: once for a test file. */
export function rsaKeys(): Keys {
  const { publicKey: publicPem, privateKey: privatePem } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { publicPem, privatePem, publicKey: createPublicKey(publicPem), privateKey: createPrivateKey(privatePem) }
}

/** A certificate, as PEM, with the serial number by which it is named. */
export interface Certificate {
  readonly serial: string
  readonly pem: string
}

/** A certificate that signs itself (X.509, DER by hand: node reads certificates and makes none). */
export function certify(keys: Keys, from: Date, until: Date): Certificate {
  const serial = Buffer.concat([Buffer.from([0x5a]), randomBytes(19)])
  const name = sequence(set(sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from('Tenpay.com fake')))))
  const algorithm = sequence(oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b), der(0x05))
  const spki = Buffer.from(keys.publicPem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    name,
    sequence(time(from), time(until)),
    name,
    spki,
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, keys.privateKey))
  const text = sequence(body, algorithm, signature).toString('base64')
  const pem = `-----BEGIN CERTIFICATE-----\n${text.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
  return { serial: serial.toString('hex').toUpperCase(), pem }
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...head]), body])
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts)
const set = (part: Buffer): Buffer => der(0x31, part)
const oid = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes))
const time = (at: Date): Buffer => der(0x18, Buffer.from(at.toISOString().replace(/[-:T]|\.\d+/g, '')))
