import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { KeytillError } from '../platform/errors.ts'
import { generateRawKeyPair } from '../platform/key-pair.ts'
import { createSecretFile, readSecretFile } from '../platform/secret-file.ts'

/** The key that seals are signed with. */
export interface AuditKey {
  /** raw Ed25519 public key, in hex */
  readonly publicKey: string
  sign(bytes: Uint8Array): Buffer
}

const raw = z.string().regex(/^[\w-]{43}$/)
const file = z.strictObject({
  version: z.literal(1),
  createdAt: z.iso.datetime(),
  publicKey: raw,
  privateKey: raw,
})

/** Where the key lies: beside the vault's, in a file of its own, because who may open keys need not be able to sign for the log. */
export const auditKeyFile = (dataDir: string): string => join(dataDir, 'audit.key')

/**
 * Opens the signing key, making it when there is none; processes that start together end up with the same.
 * @throws KeytillError `file.exposed`, `file.unusable`, `audit.key_malformed`
 */
export function openAuditKey(dataDir: string, now: Date): AuditKey {
  const path = auditKeyFile(dataDir)
  if (readSecretFile(path) === undefined) {
    const { x, d } = generateRawKeyPair('ed25519')
    const content = { version: 1, createdAt: now.toISOString(), publicKey: x, privateKey: d }
    createSecretFile(path, `${JSON.stringify(content, undefined, 2)}\n`)
  }
  const key = parse(path, readSecretFile(path) ?? '')
  return { publicKey: key.publicKey, sign: (bytes) => sign(null, bytes, key.privateKey) }
}

/** The public half of the signing key, in hex; undefined where there is no key file. @throws as {@link openAuditKey} */
export function readAuditPublicKey(dataDir: string): string | undefined {
  const path = auditKeyFile(dataDir)
  const text = readSecretFile(path)
  return text === undefined ? undefined : parse(path, text).publicKey
}

function parse(path: string, text: string): { publicKey: string; privateKey: KeyObject } {
  try {
    const { publicKey: x, privateKey: d } = file.parse(JSON.parse(text))
    // The two halves of one key, or this throws: a signature that nobody can check would be worth nothing.
    const privateKey = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d }, format: 'jwk' })
    if (privateKey.export({ format: 'jwk' }).x !== x) throw new Error('two unlike halves')
    return { publicKey: Buffer.from(x, 'base64url').toString('hex'), privateKey }
  } catch {
    // Neither the parser's nor the library's error is passed on: they may quote what they read.
    throw new KeytillError('audit.key_malformed', `The file ${path} is not an audit key. Put back the right one.`)
  }
}
