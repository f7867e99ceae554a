import { defineConfig } from 'vitest/config'

const each = {
  setupFiles: 'test/stand/ending.ts',
  pool: 'forks',
  maxWorkers: 2,
  testTimeout: 30_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 20_000 } },
} as const

/** What replaces modules or the environment, or looks at its own process, has one for each file. */
const ALONE = [
  'test/core/platform/database/embedded*.test.ts',
  'test/core/platform/{logging,metrics,timer}.test.ts',
  'test/core/vault/{keyring,sealing}.test.ts',
]

export default defineConfig({
  test: {
    globalSetup: 'test/stand/server.ts',
    projects: [
      { test: { ...each, name: 'alone', include: ALONE } },
      // Loading the shop takes longer than the tests of most files: these share what is loaded, never a database.
      { test: { ...each, name: 'together', include: ['test/**/*.test.ts'], exclude: ALONE, isolate: false } },
    ],
  },
})
