import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import { KeytillError } from '../platform/errors.ts'
import * as hpke from './hpke.ts'
import type { Keyring, SealingKeyring } from './keyring.ts'

/** One key as its buyer gets it: a code alone (卡密), or a card number and its password (卡号 + 卡密). */
export interface KeyPlaintext {
  readonly code: string
  readonly password?: string
}

/** The import batch a key belongs to. Keys are bound to it: moved to another row, they no longer open. */
export interface BatchPlace {
  readonly productId: number
  readonly batchId: number
}

/** What the database keeps of a batch: its data key, sealed to version `keyVersion` of the shop's key. */
export interface SealedBatch extends BatchPlace {
  readonly sealedDataKey: Uint8Array
  readonly keyVersion: number
}

export interface BatchSealer {
  readonly sealedDataKey: Buffer
  readonly keyVersion: number
  /**
   * Seals one key under its ordinal (1 to 2^32-1) in the batch. The result has one of six lengths (80, 144, 272, 528,
   * 1040 or 2064 bytes), so it tells little about the key's. Ordinals must ascend; gaps are fine.
   * @throws KeytillError `vault.ordinal_reused`, `vault.ordinal_invalid`, `vault.key_too_long` (over 2046 bytes of UTF-8,
   *   one of which separates the password) or `vault.key_not_text` (half a surrogate pair). None of these uses up the ordinal.
   */
  seal(ordinal: number, key: KeyPlaintext): Buffer
}

interface KeyOpenerOptions {
  /** Milliseconds; only differences count. */
  readonly now?: () => number
  /** How many batches' data keys are kept; the one not used for longest goes first. */
  readonly maxBatches?: number
  /** For how many milliseconds an unwrapped data key is kept, used or not. */
  readonly ttlMs?: number
}

export interface KeyOpener {
  /**
   * Opens one key. Unwrapping a batch's data key is dear (a public key operation), so it is remembered for a short while.
   * @throws KeytillError `vault.open_failed` when the ciphertext is not this batch's at this ordinal,
   *   `vault.key_version_unknown`, `vault.ordinal_invalid`.
   */
  open(batch: SealedBatch, ordinal: number, ciphertext: Uint8Array): KeyPlaintext
  /** Wipes and forgets every data key held. The opener can be used again. */
  forget(): void
}

const FORMAT = 1
const TAG_BYTES = 16
const DATA_KEY_BYTES = 32
const LENGTH_BYTES = 2
const MAX_ORDINAL = 0xffff_ffff
const LENGTH_CLASSES = [64, 128, 256, 512, 1024, 2048]
const LARGEST_CLASS = 2048
const MAX_TEXT_BYTES = LARGEST_CLASS - LENGTH_BYTES
/** Never part of UTF-8, so it can stand between code and password whatever they hold. */
const SEPARATOR = 0xff
const BATCH_INFO = Buffer.from('keytill batch v1')

/**
 * A sealer for one new batch, with a random data key of its own that exists only in this sealer and, sealed to the shop,
 * in `sealedDataKey`. The ordinal is the nonce, hence the two rules: an ordinal is used once, and a batch that is resumed
 * after a crash gets a new sealer, which is a new batch.
 * @throws KeytillError `vault.place_invalid` when an id is not a positive safe integer.
 */
export function createBatchSealer(keyring: SealingKeyring, place: BatchPlace): BatchSealer {
  const rawDataKey = randomBytes(DATA_KEY_BYTES)
  const dataKey = createSecretKey(rawDataKey)
  const sealedDataKey = wrapDataKey(keyring, place, rawDataKey)
  rawDataKey.fill(0)
  const position = createPosition()
  position.moveTo(place)
  const scratch = Buffer.alloc(LARGEST_CLASS)
  let last = 0
  return {
    sealedDataKey,
    keyVersion: keyring.keyVersion,
    seal(ordinal, key) {
      position.setOrdinal(ordinal)
      if (ordinal <= last) {
        throw new KeytillError('vault.ordinal_reused', `Ordinal ${ordinal} does not come after ${last} in this batch.`)
      }
      const size = encodeKey(key, scratch)
      last = ordinal
      const cipher = createCipheriv('aes-256-gcm', dataKey, position.nonce)
      cipher.setAAD(position.aad)
      const sealed = Buffer.allocUnsafe(size + TAG_BYTES)
      sealed.set(cipher.update(scratch.subarray(0, size)))
      cipher.final()
      sealed.set(cipher.getAuthTag(), size)
      // Neither padding for the next key nor anything else may hold this one.
      scratch.fill(0, 0, size)
      return sealed
    },
  }
}

/** An opener with a cache of its own. A process needs one. */
export function createKeyOpener(keyring: Keyring, options: KeyOpenerOptions = {}): KeyOpener {
  const { now = Date.now, maxBatches = 256, ttlMs = 60_000 } = options
  const held = new Map<number, { sealedDataKey: Buffer; dataKey: Buffer; expires: number }>()
  const position = createPosition()

  function drop(batchId: number): void {
    held.get(batchId)?.dataKey.fill(0)
    held.delete(batchId)
  }

  function dataKeyOf(batch: SealedBatch): Buffer {
    const time = now()
    const entry = held.get(batch.batchId)
    if (entry !== undefined && time < entry.expires && entry.sealedDataKey.equals(batch.sealedDataKey)) {
      // Taken out and put back at the end: the order of the map is the order of last use.
      held.delete(batch.batchId)
      held.set(batch.batchId, entry)
      return entry.dataKey
    }
    // No timer sweeps an idle opener: who could read its memory finds the private key there anyway.
    for (const [batchId, other] of held) if (time >= other.expires) drop(batchId)
    const dataKey = unwrapDataKey(keyring, batch)
    drop(batch.batchId)
    held.set(batch.batchId, { sealedDataKey: Buffer.from(batch.sealedDataKey), dataKey, expires: time + ttlMs })
    for (const oldest of held.keys()) {
      if (held.size <= maxBatches) break
      drop(oldest)
    }
    return dataKey
  }

  return {
    open(batch, ordinal, ciphertext) {
      position.moveTo(batch)
      position.setOrdinal(ordinal)
      const size = ciphertext.length - TAG_BYTES
      if (!LENGTH_CLASSES.includes(size)) throw hpke.openFailed()
      const dataKey = dataKeyOf(batch)
      const decipher = createDecipheriv('aes-256-gcm', dataKey, position.nonce)
      decipher.setAAD(position.aad)
      decipher.setAuthTag(ciphertext.subarray(size))
      const plaintext = decipher.update(ciphertext.subarray(0, size))
      try {
        decipher.final()
        return decodeKey(plaintext)
      } catch {
        throw hpke.openFailed()
      } finally {
        plaintext.fill(0)
      }
    },
    forget() {
      for (const batchId of held.keys()) drop(batchId)
    },
  }
}

/**
 * Seals a batch's data key anew, to the current version of the shop's key. Its keys stay as they are: rotation rewrites
 * one row per batch.
 * @throws KeytillError `vault.open_failed`, `vault.key_version_unknown`.
 */
export function rewrapDataKey(keyring: Keyring, batch: SealedBatch): { sealedDataKey: Buffer; keyVersion: number } {
  const dataKey = unwrapDataKey(keyring, batch)
  const sealedDataKey = wrapDataKey(keyring, batch, dataKey)
  dataKey.fill(0)
  return { sealedDataKey, keyVersion: keyring.keyVersion }
}

/** Format (1 byte), encapsulated key (32), ciphertext and tag (48). */
function wrapDataKey(keyring: SealingKeyring, place: BatchPlace, dataKey: Buffer): Buffer {
  const { enc, ciphertext } = hpke.seal(keyring.publicKey, BATCH_INFO, placeBytes(place), dataKey)
  return Buffer.concat([Buffer.from([FORMAT]), enc, ciphertext])
}

function unwrapDataKey(keyring: Keyring, batch: SealedBatch): Buffer {
  const sealed = batch.sealedDataKey
  if (sealed[0] !== FORMAT) throw hpke.openFailed()
  const start = 1 + hpke.ENC_BYTES
  const privateKey = keyring.privateKey(batch.keyVersion)
  const enc = sealed.subarray(1, start)
  const dataKey = hpke.open(privateKey, enc, BATCH_INFO, placeBytes(batch), sealed.subarray(start))
  // Anyone can seal to the public key, so what opens need not have been made here.
  if (dataKey.length !== DATA_KEY_BYTES) throw hpke.openFailed()
  return dataKey
}

/** Where a key stands, as the cipher wants it: buffers that are written over for each key instead of made anew. */
function createPosition() {
  const nonce = Buffer.alloc(12)
  const aad = Buffer.alloc(21)
  aad[0] = FORMAT
  return {
    nonce,
    /** Format, product id, batch id, ordinal: nothing that rotation changes. */
    aad,
    moveTo(place: BatchPlace): void {
      writeId(aad, place.productId, 1)
      writeId(aad, place.batchId, 9)
    },
    setOrdinal(ordinal: number): void {
      if (!Number.isInteger(ordinal) || ordinal < 1 || ordinal > MAX_ORDINAL) {
        throw new KeytillError('vault.ordinal_invalid', `An ordinal is a whole number from 1 to ${MAX_ORDINAL}.`)
      }
      nonce.writeUInt32BE(ordinal, 8)
      aad.writeUInt32BE(ordinal, 17)
    },
  }
}

function placeBytes(place: BatchPlace): Buffer {
  const bytes = Buffer.alloc(16)
  writeId(bytes, place.productId, 0)
  writeId(bytes, place.batchId, 8)
  return bytes
}

function writeId(target: Buffer, id: number, offset: number): void {
  if (!Number.isSafeInteger(id) || id < 1) {
    throw new KeytillError('vault.place_invalid', 'The ids of a product and a batch are positive whole numbers.')
  }
  target.writeUInt32BE(Math.floor(id / 2 ** 32), offset)
  target.writeUInt32BE(id >>> 0, offset + 4)
}

/** Writes length and text to `target`, all zeros before, and returns the length class: how many of its bytes count. */
function encodeKey(key: KeyPlaintext, target: Buffer): number {
  const codeBytes = textBytes(key.code)
  const length = codeBytes + (key.password === undefined ? 0 : 1 + textBytes(key.password))
  const size = LENGTH_CLASSES.find((candidate) => length + LENGTH_BYTES <= candidate)
  if (size === undefined) {
    throw new KeytillError('vault.key_too_long', `A key has at most ${MAX_TEXT_BYTES} bytes; this one has ${length}.`)
  }
  target.writeUInt16BE(length, 0)
  target.write(key.code, LENGTH_BYTES)
  if (key.password !== undefined) {
    target[LENGTH_BYTES + codeBytes] = SEPARATOR
    target.write(key.password, LENGTH_BYTES + codeBytes + 1)
  }
  return size
}

function decodeKey(plaintext: Buffer): KeyPlaintext {
  const end = LENGTH_BYTES + plaintext.readUInt16BE(0)
  if (end > plaintext.length) throw hpke.openFailed()
  const text = plaintext.subarray(LENGTH_BYTES, end)
  const separator = text.indexOf(SEPARATOR)
  if (separator < 0) return { code: text.toString('utf8') }
  return { code: text.toString('utf8', 0, separator), password: text.toString('utf8', separator + 1) }
}

/** Bytes of UTF-8. Half a surrogate pair has none and would silently come back as another character. */
function textBytes(text: string): number {
  const bytes = Buffer.byteLength(text)
  if (bytes !== text.length && /\p{Surrogate}/u.test(text)) {
    throw new KeytillError('vault.key_not_text', 'The key holds half a character (a lone surrogate).')
  }
  return bytes
}
