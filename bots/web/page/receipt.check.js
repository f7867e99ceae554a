// @ts-check
/**
 * Checks a delivery receipt with nothing but the browser's own cryptography. What it proves: these entries stood, word for
 * word, in a list that the holder of the key signed at the time it names; and where the receipt leads on to a posted root,
 * that this list cannot have been exchanged since.
 */

/** @typedef {Record<string, string>} Texts */
/** @typedef {{ entry: Texts, index: number, path: string[], seal: Texts, signature: string, history?: string[] }} Proof */
/** @typedef {{ order: string, entries: Proof[], posted?: { seal: Texts, signature: string } }} Receipt */
/**
 * @typedef {object} Verdict
 * @property {'good' | 'unsigned' | 'bad' | 'unreadable' | 'impossible'} outcome `unsigned`: all hashes are right, and this
 *   browser cannot check signatures; `impossible`: this page was opened in a way that leaves the browser without cryptography
 * @property {('entry' | 'signature' | 'posted' | 'order')[]} problems
 * @property {Receipt} [receipt]
 * @property {'covered' | 'later' | 'none'} [posted] whether the posted root covers all entries
 */

const ENTRY = ['id', 'xact', 'at', 'actor', 'action', 'subject', 'data']
const SEAL = ['number', 'epoch', 'after', 'low', 'high', 'last', 'size', 'root', 'previous', 'history', 'at', 'key']

/** @param {string} text @param {SubtleCrypto | undefined} subtle @returns {Promise<Verdict>} */
export async function check(text, subtle = globalThis.crypto?.subtle) {
  if (!subtle) return { outcome: 'impossible', problems: [] }
  const receipt = read(text)
  if (!receipt) return { outcome: 'unreadable', problems: [] }
  const { entries, posted } = receipt
  const tools = toolsOf(subtle)
  /** @type {Set<Verdict['problems'][number]>} */
  const problems = new Set()
  if (entries.some(({ entry }) => entry.subject !== `order:${receipt.order}`)) problems.add('order')
  if (!entries.some(({ entry }) => entry.action === 'order.delivered')) problems.add('order')
  const signed = [...entries, ...(posted ? [posted] : [])]
  const signatures = await Promise.all(signed.map(({ seal, signature }) => tools.isSigned(seal, signature)))
  if (signatures.includes(false)) problems.add('signature')
  for (const proof of entries) {
    if (!(await tools.isSealed(proof))) problems.add('entry')
    if (posted && (await tools.isIn(proof, posted.seal)) === false) problems.add('posted')
  }
  const isLater = posted && entries.some(({ seal }) => Number(seal.number) > Number(posted.seal.number))
  return {
    outcome: problems.size > 0 ? 'bad' : signatures.includes(undefined) ? 'unsigned' : 'good',
    problems: [...problems],
    receipt,
    posted: posted ? (isLater ? 'later' : 'covered') : 'none',
  }
}

/** @param {SubtleCrypto} subtle */
function toolsOf(subtle) {
  /** @param {Uint8Array[]} parts */
  const sha256 = async (...parts) => new Uint8Array(await subtle.digest('SHA-256', join(parts)))
  /** @param {Uint8Array} data */
  const leafHash = (data) => sha256(Uint8Array.of(0), data)
  /** @param {Uint8Array} left @param {Uint8Array} right */
  const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right)

  /**
   * RFC 9162, section 2.1.3.2. @param {Uint8Array} leaf @param {number} index @param {number} size @param {string[]} path
   * @returns {Promise<string | undefined>}
   */
  async function rootFromPath(leaf, index, size, path) {
    if (index < 0 || index >= size) return undefined
    let [at, last, root] = [index, size - 1, leaf]
    for (const beside of path.map(fromHex)) {
      if (last === 0) return undefined
      if (at % 2 === 1 || at === last) {
        root = await nodeHash(beside, root)
        while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)]
      } else root = await nodeHash(root, beside)
      ;[at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
    }
    return last === 0 ? toHex(root) : undefined
  }

  return {
    /** Whether the entry leads to the root that its seal names. @param {Proof} proof */
    async isSealed({ entry, index, path, seal }) {
      const digest = await sha256(encode(['keytill audit entry 1', ...pick(entry, ENTRY)]))
      const id = new DataView(new ArrayBuffer(8))
      id.setBigInt64(0, BigInt(entry.id ?? 0))
      const leaf = await leafHash(join([new Uint8Array(id.buffer), digest]))
      return (await rootFromPath(leaf, index, Number(seal.size), path)) === seal.root
    },
    /** Whether the entry's seal is part of what the posted one sums up; undefined when it came later. @param {Proof} proof @param {Texts} posted */
    async isIn({ seal, history }, posted) {
      const [number, end] = [Number(seal.number), Number(posted.number)]
      if (number > end) return undefined
      const hash = await leafHash(headerOf(seal))
      if (number === end) return toHex(hash) === toHex(await leafHash(headerOf(posted)))
      return (await rootFromPath(hash, number - 1, end - 1, history ?? [])) === posted.history
    },
    /** Whether the seal's key signed it; undefined when this browser has no Ed25519. @param {Texts} seal @param {string} signature */
    async isSigned(seal, signature) {
      /** @type {CryptoKey} */
      let key
      try {
        key = await subtle.importKey('raw', fromHex(seal.key ?? ''), { name: 'Ed25519' }, false, ['verify'])
      } catch (error) {
        return error instanceof Error && error.name === 'NotSupportedError' ? undefined : false
      }
      return subtle.verify({ name: 'Ed25519' }, key, fromHex(signature), headerOf(seal))
    },
  }
}

/** The hash of a posted seal, as staff were told it. @param {Texts} seal */
export const hashOf = async (seal) =>
  toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', join([Uint8Array.of(0), headerOf(seal)]))))

/** @param {Texts} seal */
const headerOf = (seal) => encode(['keytill audit seal 1', ...pick(seal, SEAL)])

/** @param {Texts} texts @param {string[]} names */
const pick = (texts, names) => names.map((name) => texts[name] ?? '')

/** Netstrings: each text with its length in bytes before it. @param {string[]} fields */
function encode(fields) {
  const utf8 = new TextEncoder()
  return utf8.encode(fields.map((field) => `${utf8.encode(field).length}:${field},`).join(''))
}

/** @param {Uint8Array[]} parts */
function join(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** @param {string} hex */
const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
/** @param {Uint8Array} bytes */
const toHex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** A receipt whose parts all have the form they should have; what they say is another matter. @param {string} text @returns {Receipt | undefined} */
function read(text) {
  /** @type {any} */
  let json
  try {
    // Copied from a chat it has line ends where messages met, be it within a word, and a menu below; a receipt has no line ends.
    json = JSON.parse(text.replace(/[\r\n]/g, '').replace(/^[^{]+|[^}]+$/g, ''))
  } catch {
    return undefined
  }
  const isHex = (/** @type {unknown} */ value) => typeof value === 'string' && /^([0-9a-f]{2})*$/.test(value)
  const isPath = (/** @type {unknown} */ value) => Array.isArray(value) && value.length <= 64 && value.every(isHex)
  const isTexts = (/** @type {any} */ value, /** @type {string[]} */ names) =>
    typeof value === 'object' && value !== null && names.every((name) => typeof value[name] === 'string')
  const isSeal = (/** @type {any} */ value) =>
    isTexts(value?.seal, SEAL) && isHex(value.seal.key) && isHex(value.signature)
  const isProof = (/** @type {any} */ value) =>
    isSeal(value) &&
    isTexts(value.entry, ENTRY) &&
    /^-?\d{1,18}$/.test(value.entry.id) &&
    Number.isSafeInteger(value.index) &&
    isPath(value.path) &&
    (value.history === undefined || isPath(value.history))
  const isReceipt =
    json?.format === 'keytill-receipt-1' &&
    typeof json.order === 'string' &&
    Array.isArray(json.entries) &&
    json.entries.length > 0 &&
    json.entries.length <= 100 &&
    json.entries.every(isProof) &&
    (json.posted === undefined || isSeal(json.posted))
  return isReceipt ? json : undefined
}
