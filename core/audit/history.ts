import type { Sql } from '../platform/database/sql.ts'
import { GrowingTree, HASH, joinSubtrees, pathParts, subtrees } from './merkle.ts'
import { nodesOf } from './store.ts'

/** The tree of all seals' hashes, of which each seal keeps the subtrees that it completes: what is needed of it is a few of them. */

/** The tree over the first `size` seals. */
export async function historyOf(sql: Sql, size: number): Promise<GrowingTree> {
  return new GrowingTree(size, await rootsOf(sql, subtrees({ start: 0, length: size })))
}

/** The path of one seal in the tree over the first `size` seals. */
export async function historyPath(sql: Sql, number: number, size: number): Promise<Buffer[]> {
  const parts = pathParts(number - 1, size).map(subtrees)
  const roots = await rootsOf(sql, parts.flat())
  return parts.map((part) => joinSubtrees(roots.splice(0, part.length)))
}

/** The roots of complete subtrees. One that is gone is not made up for: what is built on it will not be believed. */
async function rootsOf(sql: Sql, parts: readonly { start: number; length: number }[]): Promise<Buffer[]> {
  const nodes = await nodesOf(
    sql,
    parts.map(({ start, length }) => start + length),
  )
  return parts.map(({ start, length }) => {
    const level = Math.log2(length)
    const root = nodes.get(start + length)?.subarray(level * HASH, (level + 1) * HASH)
    return root?.length === HASH ? root : Buffer.alloc(HASH)
  })
}
