import { expect, it } from 'vitest'
import { auditLag } from '../../../core/audit/service.ts'
import { seconds } from '../../../core/platform/clock.ts'
import { openLog } from './stand.ts'

it('counts what waits for a seal, and for how long the first of it has', async () => {
  const log = await openLog()
  expect(await auditLag(log.db, log.clock())).toEqual({ rows: 0, seconds: 0 })
  await log.write(['a'])
  log.clock.advance(seconds(7))
  await log.write(['b', 'c'])
  expect(await auditLag(log.db, log.clock())).toEqual({ rows: 3, seconds: 7 })
  await log.sealAll()
  expect(await auditLag(log.db, log.clock())).toEqual({ rows: 0, seconds: 0 })
})
