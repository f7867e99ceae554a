import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('writes lines of JSON to standard error, with nothing of an error that a library wrote', async () => {
  const program = `
    import { createLog } from './core/platform/log.ts'
    const log = createLog('info')
    const err = Object.assign(new Error('invalid "KEY-SECRET-1"'), { code: '22P02', detail: 'KEY-SECRET-1' })
    log.debug({ err }, 'not told')
    log.warn({ err, task: 'notice' }, 'a job failed')
  `
  const flags = ['--import', 'tsx', '--input-type=module', '--eval', program]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, flags)
  expect(stdout).toBe('')
  const lines = stderr.trim().split('\n')
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 40,
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    task: 'notice',
    msg: 'a job failed',
    err: { kind: 'Error', code: '22P02' },
  })
  expect(stderr).not.toContain('SECRET')
})
