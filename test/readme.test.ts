import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { SETTINGS } from '../core/platform/settings.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  scripts: Record<string, string>
}

/** The rows of the settings table: name, default, meaning. */
const rows = [...readme.matchAll(/^\| `([A-Z0-9_]+)` \| (?:`([^`]*)`)? *\| (.+) \|$/gm)].map(
  ([, name, fallback, meaning]) => ({ name, fallback, meaning }),
)

it('lists every setting of the code, with its default and meaning, and no other', () => {
  const known = Object.entries(SETTINGS).map(([name, schema]) => {
    const value: unknown = schema.safeParse(undefined).data
    const list = Array.isArray(value)
      ? value.join(',')
      : value === false
        ? '0'
        : value === true
          ? '1'
          : value === undefined
            ? ''
            : String(value)
    return { name, fallback: list === '' ? undefined : list, meaning: schema.description }
  })
  expect(rows).toEqual(known)
})

it('names only commands that exist', () => {
  const named = [...readme.matchAll(/npm run ([a-z:-]+)/g)].map(([, script]) => script ?? '')
  expect(named.length).toBeGreaterThan(3)
  for (const script of named) expect(manifest.scripts).toHaveProperty(script)
})

it('names only files that exist', () => {
  for (const [, path = ''] of readme.matchAll(/\]\((\.github\/[^)]+)\)/g))
    expect(() => readFileSync(new URL(`../${path}`, import.meta.url))).not.toThrow()
})
