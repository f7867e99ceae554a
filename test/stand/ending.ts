import { afterAll, afterEach, expect } from 'vitest'
import { closeAll } from './closing.ts'

// Run anew before each test file (vitest.config.ts), so that whatever a test opens needs no hook of its own.
afterAll(closeAll)
afterEach(({ task }) => {
  task.meta.checks = expect.getState().assertionCalls
})
