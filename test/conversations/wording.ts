import { expect } from 'vitest'
import type { Language } from '../../core/customers/model.ts'
import type { Shown } from './program.ts'

/** What may stand in the other language: the names of the languages, and the question that is asked in both. */
const BOTH = ['中文', '🌐 语言', '请选择语言 · Choose a language', '切换语言 · Language', '🌐 Language', 'English']

/** Asserts that everything shown in a chat is finished text in one language; `names` are what the shop's people chose. */
export function expectWording(
  shown: readonly Shown[],
  chat: string,
  language: Language,
  names: readonly string[],
): void {
  const said = shown.filter((item) => item.chat === chat).flatMap(({ text, labels }) => [text, ...labels])
  expect(said.length).toBeGreaterThan(0)
  const parts = said.map((text) => [...BOTH, ...names].reduce((rest, known) => rest.replaceAll(known, ''), text))
  expect(parts.filter((text) => /undefined|\[object|\bNaN\b|\bnull\b|\b(buyer|staff)\.\w|\$\{/.test(text))).toEqual([])
  expect(parts.filter((text) => FOREIGN[language].test(text))).toEqual([])
}

/** Chinese in English, or an English sentence (three words in a row) in Chinese. */
const FOREIGN: Readonly<Record<Language, RegExp>> = {
  en: /\p{Script=Han}/u,
  zh: /(?<![/\w])[A-Za-z]{2,} [A-Za-z]+ [A-Za-z]{2,}/,
}
