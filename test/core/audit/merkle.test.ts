import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  GrowingTree,
  joinSubtrees,
  leafHash,
  pathOf,
  pathParts,
  rootFromPath,
  rootOf,
  sha256,
  subtrees,
} from '../../../core/audit/merkle.ts'

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex')

/** The leaves, roots and paths that the certificate transparency implementations are tested with. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const PATHS: [index: number, size: number, path: string[]][] = [
  [0, 1, []],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    1,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
]
const known = LEAVES.map((leaf) => leafHash(Buffer.from(leaf, 'hex')))

it('makes the roots and paths that other implementations of RFC 6962 make', () => {
  expect(hex(rootOf([]))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  for (const [index, root] of ROOTS.entries()) expect(hex(rootOf(known.slice(0, index + 1)))).toBe(root)
  for (const [index, size, path] of PATHS) expect(pathOf(known.slice(0, size), index).map(hex)).toEqual(path)
})

/** RFC 6962, section 2.1, word for word. */
function slowRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256(Buffer.alloc(0))
  if (leaves.length === 1) return leaves[0] as Buffer
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return sha256(Buffer.concat([Buffer.of(1), slowRoot(leaves.slice(0, k)), slowRoot(leaves.slice(k))]))
}

const leaves = fc
  .integer({ min: 1, max: 300 })
  .map((n) => Array.from({ length: n }, (_, i) => leafHash(Buffer.of(i >> 8, i))))
const placed = leaves.chain((all) => fc.tuple(fc.constant(all), fc.nat(all.length - 1)))

it('is the tree of the RFC, at any size', () => {
  fc.assert(
    fc.property(leaves, (all) => {
      expect(hex(rootOf(all))).toBe(hex(slowRoot(all)))
    }),
  )
})

it('leads from any leaf to the root, and from no other leaf, place, size or path', () => {
  fc.assert(
    fc.property(placed, fc.nat(), fc.nat(255), ([all, index], which, flip) => {
      const path = pathOf(all, index)
      const root = hex(rootOf(all))
      const leaf = all[index] as Buffer
      expect(hex(rootFromPath(leaf, index, all.length, path))).toBe(root)
      expect(rootFromPath(leaf, all.length, all.length, path)).toBeUndefined()
      expect(rootFromPath(leaf, index, all.length, [...path, leaf])).toBeUndefined()
      expect(hex(rootFromPath(sha256(leaf), index, all.length, path))).not.toBe(root)
      if (path.length === 0) return
      expect(rootFromPath(leaf, index, all.length, path.slice(1))).toBeUndefined()
      const wrong = path.map((hash) => Buffer.from(hash))
      const chosen = wrong[which % wrong.length] as Buffer
      chosen[which % 32] = (chosen[which % 32] as number) ^ (flip || 1)
      expect(hex(rootFromPath(leaf, index, all.length, wrong))).not.toBe(root)
    }),
  )
})

it('grows leaf by leaf to the same root, and can go on from its subtrees', () => {
  fc.assert(
    fc.property(placed, ([all, cut]) => {
      const tree = new GrowingTree()
      for (const leaf of all.slice(0, cut)) tree.append(leaf)
      const peaks = subtrees({ start: 0, length: cut }).map((part) =>
        rootOf(all.slice(part.start, part.start + part.length)),
      )
      const resumed = new GrowingTree(cut, peaks)
      expect(hex(resumed.root())).toBe(hex(tree.root()))
      for (const leaf of all.slice(cut)) resumed.append(leaf)
      expect(hex(resumed.root())).toBe(hex(rootOf(all)))
    }),
  )
})

it('completes the subtrees that paths are made of', () => {
  fc.assert(
    fc.property(placed, ([all, index]) => {
      const tree = new GrowingTree()
      const completed = all.map((leaf) => tree.append(leaf))
      const path = pathParts(index, all.length).map((part) =>
        joinSubtrees(
          subtrees(part).map(({ start, length }) => completed[start + length - 1]?.[Math.log2(length)] as Buffer),
        ),
      )
      expect(path.map(hex)).toEqual(pathOf(all, index).map(hex))
    }),
  )
})
