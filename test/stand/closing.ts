import { afterAll } from 'vitest'

const closers: (() => Promise<unknown>)[] = []

/** Has something closed when the test file ends, the last opened first. */
export function atEnd(close: () => Promise<unknown>): void {
  closers.push(close)
}

// Loaded once before each test file (vitest.config.ts), so that whatever a test opens needs no hook of its own.
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
