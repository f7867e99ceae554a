import { hash } from 'node:crypto'

/** Bytes of a hash. */
export const HASH = 32

export const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer')

/** The hash of a leaf (RFC 6962, section 2.1): its first byte keeps a leaf from passing for a node. */
export function leafHash(data: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(1 + data.length)
  bytes[0] = 0
  bytes.set(data, 1)
  return sha256(bytes)
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(1 + 2 * HASH)
  bytes[0] = 1
  bytes.set(left, 1)
  bytes.set(right, 1 + HASH)
  return sha256(bytes)
}

/** The root over no leaves. */
const NOTHING = sha256(Buffer.alloc(0))

/** One level up: pairs are joined, and what is left over at the end goes up as it is. */
function joined(level: readonly Buffer[]): Buffer[] {
  const above: Buffer[] = []
  for (let i = 0; i < level.length; i += 2) {
    const [left, right] = [level[i] as Buffer, level[i + 1]]
    above.push(right ? nodeHash(left, right) : left)
  }
  return above
}

/** The root over leaf hashes: MTH of RFC 6962, section 2.1, level by level. */
export function rootOf(leaves: readonly Buffer[]): Buffer {
  let level = leaves
  while (level.length > 1) level = joined(level)
  return level[0] ?? NOTHING
}

/** What joins leaf `index` to the root, the lowest first: PATH of RFC 6962, section 2.1.1. */
export function pathOf(leaves: readonly Buffer[], index: number): Buffer[] {
  const path: Buffer[] = []
  let [level, i] = [leaves, index]
  while (level.length > 1) {
    const beside = level[i ^ 1]
    if (beside) path.push(beside)
    level = joined(level)
    i >>= 1
  }
  return path
}

/** The root that a path leads to from a leaf hash (RFC 9162, section 2.1.3.2); undefined when the path does not fit the place. */
export function rootFromPath(
  leaf: Buffer,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Buffer | undefined {
  if (index < 0 || index >= size) return undefined
  let [at, last, root] = [index, size - 1, leaf]
  for (const beside of path) {
    if (last === 0) return undefined
    if (at % 2 === 1 || at === last) {
      root = nodeHash(beside, root)
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)]
    } else root = nodeHash(root, beside)
    ;[at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
  }
  return last === 0 ? root : undefined
}

/** A part of the leaves: from the `start`-th, so many. */
interface Part {
  readonly start: number
  readonly length: number
}

/** The greatest power of two below `n`, which is at least 2. */
const split = (n: number): number => 2 ** Math.floor(Math.log2(n - 1))

/** Cuts `length` leaves into the complete subtrees that make them up, the largest first; `start` is a multiple of the largest. */
export function subtrees({ start, length }: Part): Part[] {
  const parts: Part[] = []
  let [at, left] = [start, length]
  while (left > 0) {
    const size = 2 ** Math.floor(Math.log2(left))
    parts.push({ start: at, length: size })
    at += size
    left -= size
  }
  return parts
}

/** The parts of the leaves whose roots are the path of leaf `index`, the lowest first. */
export function pathParts(index: number, size: number): Part[] {
  const parts: Part[] = []
  let [start, length] = [0, size]
  while (length > 1) {
    const left = split(length)
    if (index < start + left) {
      parts.unshift({ start: start + left, length: length - left })
      length = left
    } else {
      parts.unshift({ start, length: left })
      start += left
      length -= left
    }
  }
  return parts
}

/** Joins the roots of complete subtrees that lie side by side, the largest first. */
export function joinSubtrees(roots: readonly Buffer[]): Buffer {
  return (
    roots.reduceRight((right: Buffer | undefined, left) => (right ? nodeHash(left, right) : left), undefined) ?? NOTHING
  )
}

/** A tree that grows at its end, of which only the roots of its complete subtrees are kept: as many as its size has ones in binary. */
export class GrowingTree {
  private readonly peaks: Buffer[]
  size: number

  /** `peaks`: the roots of `subtrees({ start: 0, length: size })` */
  constructor(size = 0, peaks: readonly Buffer[] = []) {
    this.size = size
    this.peaks = [...peaks]
  }

  /** Appends a leaf hash. Returns the roots of the subtrees that it completes: of 1, 2, 4 … leaves that end with it. */
  append(leaf: Buffer): Buffer[] {
    const completed = [leaf]
    let root = leaf
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2) {
      root = nodeHash(this.peaks.pop() as Buffer, root)
      completed.push(root)
    }
    this.peaks.push(root)
    this.size += 1
    return completed
  }

  root(): Buffer {
    return joinSubtrees(this.peaks)
  }
}
