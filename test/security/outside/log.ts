import { expect, it } from 'vitest'
import type { Outside } from './stand.ts'

/** The last test of a shop that was attacked: what staff did is in the audit log, and nobody has changed it. */
export function staffActsAreLogged(open: () => Promise<Outside>, acts: readonly string[]): void {
  it('all that staff did while they were attacked is in a log that nobody has changed', async () => {
    const { actions, status, output } = await (await open()).audit()
    expect(actions).toEqual(expect.arrayContaining([...acts]))
    expect(output).toContain('Nothing was changed.')
    expect(status).toBe(0)
  })
}
