import { afterAll } from 'vitest'
import { closeAll } from './closing.ts'

// Run anew before each test file (vitest.config.ts), so that whatever a test opens needs no hook of its own.
afterAll(closeAll)
