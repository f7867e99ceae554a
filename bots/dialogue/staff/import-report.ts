import type { ImportReport } from '../../../core/inventory/model.ts'
import { lines } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import type { RichText } from '../screen.ts'

/** What the three counts are called: before an import, or after it. */
interface Words {
  added(count: number): string
  duplicates(count: number): string
  malformed(count: number): string
}

/** The counts of an import, and which lines were left out and why. */
export function findings(t: Texts, report: ImportReport, words: Words): RichText {
  const { added, duplicates, malformed, duplicateLines, malformedLines } = report
  const moreDuplicates = duplicates - duplicateLines.length
  const moreMalformed = malformed - malformedLines.length
  return lines(
    words.added(added),
    duplicates > 0 ? words.duplicates(duplicates) : undefined,
    duplicates > 0 ? t.staff.onLines(ranges(duplicateLines), moreDuplicates) : undefined,
    malformed > 0 ? words.malformed(malformed) : undefined,
    ...malformedLines.map(({ line, problem }) => t.staff.malformedLine(line, t.staff.malformed[problem])),
    moreMalformed > 0 ? t.staff.andMore(moreMalformed) : undefined,
  )
}

/** Ascending numbers with neighbours joined: 1, 2, 3, 7 as `1–3` and `7`. */
export function ranges(numbers: readonly number[]): string[] {
  const runs: { first: number; last: number }[] = []
  for (const number of numbers) {
    const run = runs.at(-1)
    if (run?.last === number - 1) run.last = number
    else runs.push({ first: number, last: number })
  }
  return runs.map(({ first, last }) => (first === last ? String(first) : `${first}–${last}`))
}
