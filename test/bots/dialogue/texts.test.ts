import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const LOCALES = new URL('../../../bots/dialogue/locales/', import.meta.url)

/** Which files say something under each name. */
async function saidIn(language: string, part: string): Promise<Map<string, string[]>> {
  const places = new Map<string, string[]>()
  for (const file of readdirSync(new URL(`${language}/${part}/`, LOCALES))) {
    const exported = (await import(new URL(`${language}/${part}/${file}`, LOCALES).href)) as Record<string, object>
    for (const names of Object.values(exported).map(Object.keys))
      for (const name of names) places.set(name, [...(places.get(name) ?? []), file])
  }
  return places
}

describe.each(['zh', 'en'])('the texts in %s', (language) => {
  it.each(['buyer', 'staff'])('say each thing to %s once: the files are laid over each other', async (part) => {
    const places = await saidIn(language, part)
    expect(places.size).toBeGreaterThan(50)
    expect([...places].filter(([, files]) => files.length > 1)).toEqual([])
  })
})
