import { KeytillError } from '../platform/errors.ts'
import * as hpke from './hpke.ts'
import type { Keyring, SealingKeyring } from './keyring.ts'

const FORMAT = 1
/** Format (1 byte) and version of the shop's key (4 bytes). */
const HEADER_BYTES = 5

/**
 * Seals bytes that may hold keys while they wait to be worked on: an incoming chat event, an import draft. `purpose`
 * names what they are; only {@link openBlob} with the same purpose opens them. 53 bytes longer than what went in, which
 * its length gives away.
 */
export function sealBlob(keyring: SealingKeyring, purpose: string, plaintext: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header[0] = FORMAT
  header.writeUInt32BE(keyring.keyVersion, 1)
  const { enc, ciphertext } = hpke.seal(keyring.publicKey, infoFor(purpose), header, plaintext)
  return Buffer.concat([header, enc, ciphertext])
}

/**
 * Opens what {@link sealBlob} made.
 * @throws KeytillError `vault.open_failed`, or `vault.key_version_unknown` when the keyring lacks the key it was sealed to.
 */
export function openBlob(keyring: Keyring, purpose: string, sealed: Uint8Array): Buffer {
  const start = HEADER_BYTES + hpke.ENC_BYTES
  if (sealed.length < start || sealed[0] !== FORMAT) throw hpke.openFailed()
  const header = Buffer.from(sealed.subarray(0, HEADER_BYTES))
  const privateKey = keyring.privateKey(header.readUInt32BE(1))
  return hpke.open(privateKey, sealed.subarray(HEADER_BYTES, start), infoFor(purpose), header, sealed.subarray(start))
}

function infoFor(purpose: string): Buffer {
  if (purpose === '') throw new KeytillError('vault.purpose_missing', 'A sealed blob needs a purpose.')
  return Buffer.from(`keytill blob v1 ${purpose}`)
}
