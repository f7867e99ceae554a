import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
} from 'node:crypto'
import { KeytillError } from '../platform/errors.ts'
import { generateRawKeyPair } from '../platform/key-pair.ts'

/*
 * Hybrid Public Key Encryption, RFC 9180, in the one form this shop uses: base mode, single-shot,
 * DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Names in comments are the RFC's.
 */

/** Length in bytes of the encapsulated key (`enc`) that stands before every ciphertext. */
export const ENC_BYTES = 32
const RAW_KEY_BYTES = 32
const TAG_BYTES = 16
const NONCE_BYTES = 12

// RFC 8410: what DER puts before the 32 raw bytes of an X25519 private key.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex')

const EMPTY = Buffer.alloc(0)
const KEM_SUITE = Buffer.concat([Buffer.from('HPKE-v1KEM'), Buffer.from([0x00, 0x20])])
const HPKE_SUITE = Buffer.concat([Buffer.from('HPKE-v1HPKE'), Buffer.from([0x00, 0x20, 0x00, 0x01, 0x00, 0x02])])
// mode_base, then the hash of the absent psk_id: the same for every message (RFC 9180 section 5.1).
const CONTEXT_START = Buffer.concat([Buffer.from([0x00]), labeledExtract(HPKE_SUITE, EMPTY, 'psk_id_hash', EMPTY)])

/** An X25519 key pair as node key objects. */
interface HpkeKeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** What {@link seal} makes: `enc` is public and needed to open; `ciphertext` ends with the 16 byte tag. */
interface HpkeSealed {
  readonly enc: Buffer
  readonly ciphertext: Buffer
}

/** A fresh X25519 key pair from the system's random source. */
export function generateKeyPair(): HpkeKeyPair {
  const key = { kty: 'OKP', crv: 'X25519', ...generateRawKeyPair('x25519') }
  return { publicKey: createPublicKey({ key, format: 'jwk' }), privateKey: createPrivateKey({ key, format: 'jwk' }) }
}

/**
 * The public key whose 32 raw bytes (RFC 7748, as RFC 9180's SerializePublicKey writes them) are given.
 * @throws KeytillError `vault.key_malformed` when there are not 32 of them.
 */
export function publicKeyFromRaw(raw: Uint8Array): KeyObject {
  requireLength(raw)
  // As JWK (RFC 8037) here and below, because node is fifteen to fifty times as slow with the DER of a public key.
  const x = Buffer.from(raw).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' })
}

/**
 * The private key whose 32 raw bytes are given.
 * @throws KeytillError `vault.key_malformed` when there are not 32 of them.
 */
export function privateKeyFromRaw(raw: Uint8Array): KeyObject {
  requireLength(raw)
  // Not as JWK: that wants the public half as well, and believes it unchecked.
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, raw]), format: 'der', type: 'pkcs8' })
}

/** The 32 raw bytes of a public key, or of the public half of a private one. */
export function rawPublicKey(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  return Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
}

/** The 32 raw bytes of a private key: a secret, for the key file only. */
export function rawPrivateKey(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')
}

/**
 * Encrypts `plaintext` to the holder of `publicKey` (RFC 9180 section 6.1, `SealBase`). `info` and `aad` are not sent;
 * whoever opens must give the same ones.
 *
 * `ephemeral` is fresh for every message: the nonce is fixed by it, so one used twice would give both messages away.
 * It is a parameter because the RFC's test vectors fix it.
 * @throws KeytillError `vault.key_malformed` when the public key is a point of low order.
 */
export function seal(
  publicKey: KeyObject,
  info: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
  ephemeral: HpkeKeyPair = generateKeyPair(),
): HpkeSealed {
  const enc = rawPublicKey(ephemeral.publicKey)
  const dh = agree(ephemeral.privateKey, publicKey)
  if (dh === undefined)
    throw new KeytillError('vault.key_malformed', 'The public key is not one that can be sealed to.')
  const { key, nonce } = keySchedule(dh, enc, rawPublicKey(publicKey), info)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(aad)
  const body = cipher.update(plaintext)
  cipher.final()
  return { enc, ciphertext: Buffer.concat([body, cipher.getAuthTag()]) }
}

/**
 * Decrypts what {@link seal} made for the public half of `privateKey` (RFC 9180 section 6.1, `OpenBase`).
 * @throws KeytillError `vault.open_failed` when anything at all differs from what was sealed.
 */
export function open(
  privateKey: KeyObject,
  enc: Uint8Array,
  info: Uint8Array,
  aad: Uint8Array,
  ciphertext: Uint8Array,
): Buffer {
  if (enc.length !== ENC_BYTES || ciphertext.length < TAG_BYTES) throw openFailed()
  const dh = agree(privateKey, publicKeyFromRaw(enc))
  if (dh === undefined) throw openFailed()
  const { key, nonce } = keySchedule(dh, enc, rawPublicKey(privateKey), info)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(aad)
  decipher.setAuthTag(ciphertext.subarray(ciphertext.length - TAG_BYTES))
  const plaintext = decipher.update(ciphertext.subarray(0, ciphertext.length - TAG_BYTES))
  try {
    decipher.final()
  } catch {
    plaintext.fill(0)
    throw openFailed()
  }
  return plaintext
}

/** The error for everything that does not open. It says no more, so that nobody learns which part was wrong. */
export function openFailed(): KeytillError {
  return new KeytillError('vault.open_failed', 'This was sealed with another key, for another place, or was changed.')
}

function requireLength(raw: Uint8Array): void {
  if (raw.length !== RAW_KEY_BYTES) throw new KeytillError('vault.key_malformed', 'An X25519 key has 32 bytes.')
}

/** The X25519 shared point; undefined for a peer of low order, which OpenSSL refuses as RFC 9180 section 7.1.4 asks. */
function agree(privateKey: KeyObject, publicKey: KeyObject): Buffer | undefined {
  try {
    return diffieHellman({ privateKey, publicKey })
  } catch {
    return undefined
  }
}

/** Encap/Decap (section 4.1) and KeySchedule (section 5.1) from the shared point on. */
function keySchedule(dh: Buffer, enc: Uint8Array, recipient: Buffer, info: Uint8Array): { key: Buffer; nonce: Buffer } {
  const eaePrk = labeledExtract(KEM_SUITE, EMPTY, 'eae_prk', dh)
  const sharedSecret = labeledExpand(KEM_SUITE, eaePrk, 'shared_secret', Buffer.concat([enc, recipient]), 32)
  const context = Buffer.concat([CONTEXT_START, labeledExtract(HPKE_SUITE, EMPTY, 'info_hash', info)])
  const secret = labeledExtract(HPKE_SUITE, sharedSecret, 'secret', EMPTY)
  return {
    key: labeledExpand(HPKE_SUITE, secret, 'key', context, 32),
    nonce: labeledExpand(HPKE_SUITE, secret, 'base_nonce', context, NONCE_BYTES),
  }
}

function labeledExtract(suite: Buffer, salt: Buffer, label: string, ikm: Uint8Array): Buffer {
  return createHmac('sha256', salt).update(suite).update(label).update(ikm).digest()
}

/** HKDF-Expand of at most 32 bytes, which is a single block of it (RFC 5869 section 2.3). */
function labeledExpand(suite: Buffer, prk: Buffer, label: string, info: Buffer, length: number): Buffer {
  const hmac = createHmac('sha256', prk)
    .update(Buffer.from([0, length]))
    .update(suite)
    .update(label)
    .update(info)
  return hmac
    .update(Buffer.from([1]))
    .digest()
    .subarray(0, length)
}
