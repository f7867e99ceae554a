import type { Language } from '../../../core/customers/model.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import type { Condition, Fact, Reason, RuleProblem } from '../../../core/risk/model.ts'
import { isSum, printMinutes } from '../../../core/risk/text.ts'
import { lines } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import type { RichText } from '../screen.ts'

/** What it takes to say a rule in words. */
export interface Speech {
  readonly t: Texts
  readonly language: Language
  /** of its sums */
  readonly currency: string
}

/** A condition in words, with what it saw when it is told why it struck. */
export function conditionWords(speech: Speech, condition: Condition, observed?: Fact): string {
  const { t } = speech
  const fact = factWords(speech, condition)
  if (condition.fact === 'blocked') {
    const kinds =
      typeof observed === 'string' ? observed.split(',').map((kind) => t.staff.blockKinds[kind] ?? kind) : []
    return kinds.length > 0 ? t.staff.labelled(fact, kinds.join(', ')) : fact
  }
  const bound =
    'in' in condition
      ? t.staff.oneOf(condition.in.join(', '))
      : t.staff[condition.op === '>' ? 'more' : 'less'](valueWords(speech, condition.fact, condition.value))
  if (observed === undefined || observed === null) return t.staff.conditionOf(fact, bound)
  const seen =
    typeof observed === 'number' ? valueWords(speech, condition.fact, observed) : [observed].flat().join(', ')
  return t.staff.conditionSeen(fact, seen, bound)
}

function factWords({ t }: Speech, condition: Condition): string {
  const { figures, who, history, kinds } = t.staff.factNames
  if (condition.fact === 'blocked') return t.staff.factBlocked
  if ('in' in condition) return kinds[condition.fact]
  if ('within' in condition)
    return t.staff.factHistory(who[condition.by], durationWords(t, condition.within), history[condition.fact])
  return 'by' in condition ? t.staff.factBuyers(who[condition.by]) : figures[condition.fact]
}

function valueWords({ t, language, currency }: Speech, fact: string, value: number): string {
  if (fact === 'age') return durationWords(t, value)
  if (isSum(fact)) return formatMoney(value, currency, language)
  return fact === 'refund_share' ? `${value}%` : String(value)
}

/** `2 hours`, in the largest unit that says it whole. */
function durationWords(t: Texts, minutes: number): string {
  const [, n = '', unit = ''] = /^(\d+)([mhd])$/.exec(printMinutes(minutes)) ?? []
  return t.staff.duration[unit as 'm' | 'h' | 'd'](Number(n))
}

/** Why an order is held or was not taken, in words: each rule that struck, with what its conditions saw. */
export function reasonWords(speech: Speech, reasons: readonly Reason[]): RichText {
  const { t } = speech
  const texts = reasons.map(({ rule, because }) => {
    const words = because.map(({ condition, observed }) => conditionWords(speech, condition, observed))
    return `• ${t.staff.labelled(t.staff.ruleNames[rule] ?? rule, words.join('; '))}`
  })
  return lines(...texts)
}

/** What is wrong with a rule's text, and what would be right. */
export function ruleProblemWords(t: Texts, { expected, found }: RuleProblem): string {
  if (expected === 'size') return t.staff.ruleTooMuch
  if (expected === 'payer') return t.staff.ruleNeedsPayer
  const words = typeof expected === 'string' ? t.staff.ruleExpected[expected] : undefined
  return t.staff.ruleProblem(words ?? [expected].flat().join(' / '), found)
}
