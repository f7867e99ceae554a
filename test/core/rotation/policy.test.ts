import { describe, expect, it } from 'vitest'
import type { RotationState } from '../../../core/rotation/model.ts'
import { nextStep } from '../../../core/rotation/policy.ts'

const AT = new Date('2026-06-01T08:00:00Z')
const LATER = new Date('2026-06-01T08:01:00Z')
const settled: RotationState = {
  active: 1,
  activatedAt: AT,
  held: [1],
  next: undefined,
  old: [],
  processes: [],
  left: [],
}
const process = (name: string, different: Partial<RotationState['processes'][number]> = {}) => ({
  name,
  uses: 1,
  hasNext: true,
  hasOld: false,
  ...different,
})
const step = (different: Partial<RotationState>, now = LATER) => nextStep({ ...settled, ...different }, now)
const next = { version: 2, hash: Buffer.alloc(32) }

describe('what is next', () => {
  it('is nothing until a version is added', () => {
    expect(step({})).toEqual({ kind: 'add' })
  })

  it('is to have every process take it up, each by its name', () => {
    const processes = [process('a'), process('b', { hasNext: false }), process('c')]
    expect(step({ next, processes })).toEqual({ kind: 'restart', lacking: ['b'], of: 3 })
    expect(step({ next, processes: [process('a'), process('c')] })).toEqual({ kind: 'activate' })
    expect(step({ next })).toEqual({ kind: 'activate' })
  })

  it('is to seal anew what is left, before anything else', () => {
    const left = [{ what: 'batches', count: 1 }]
    expect(step({ active: 2, old: [1], left })).toEqual({ kind: 'rewrap' })
    expect(step({ active: 2, next: { ...next, version: 3 }, left })).toEqual({ kind: 'rewrap' })
  })

  it('is to retire the one before, once nobody can be sealing to it any more', () => {
    const slow = [process('a', { uses: 2 }), process('b')]
    expect(step({ active: 2, old: [1], processes: slow })).toEqual({ kind: 'wait', slow: ['b'] })
    const all = [process('a', { uses: 2 }), process('b', { uses: 2 })]
    expect(step({ active: 2, old: [1], processes: all }, AT)).toEqual({ kind: 'wait', slow: [] })
    expect(step({ active: 2, old: [1], processes: all })).toEqual({ kind: 'retire' })
  })
})
