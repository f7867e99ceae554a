import { describe, expect, it } from 'vitest'
import { TEXTS } from '../../../../bots/dialogue/locales/texts.ts'
import { plain } from '../../../../bots/dialogue/screen.ts'
import { findings, ranges } from '../../../../bots/dialogue/staff/import-report.ts'

describe('ranges', () => {
  it.each([
    [[], []],
    [[4], ['4']],
    [
      [1, 2, 3, 7],
      ['1–3', '7'],
    ],
    [
      [1, 3, 4],
      ['1', '3–4'],
    ],
  ])('%j', (numbers, shown) => {
    expect(ranges(numbers)).toEqual(shown)
  })
})

describe('the findings of an import', () => {
  const words = (t: (typeof TEXTS)['en']) => ({
    added: t.staff.previewNew,
    duplicates: t.staff.previewDuplicates,
    malformed: t.staff.previewMalformed,
  })

  it('names the counts alone when every line is a new key', () => {
    const report = { added: 3, duplicates: 0, malformed: 0, duplicateLines: [], malformedLines: [] }
    expect(plain(findings(TEXTS.en, report, words(TEXTS.en)))).toBe('New keys: 3')
  })

  it('names the lines that are left out and why, and how many it does not name', () => {
    const report = {
      added: 1,
      duplicates: 5,
      malformed: 2,
      duplicateLines: [2, 3, 4],
      malformedLines: [{ line: 6, problem: 'password_missing' as const }],
    }
    expect(plain(findings(TEXTS.zh, report, words(TEXTS.zh))).split('\n')).toEqual([
      '新卡密：1',
      '重复（不会导入）：5',
      '第 2–4 行，以及另外 2 行',
      '有问题（不会导入）：2',
      '第 6 行：缺少密码',
      '……另有 1 行',
    ])
  })
})
