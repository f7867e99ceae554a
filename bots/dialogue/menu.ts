import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type Button, type Option, printedOption } from './screen.ts'

/** Each good until its own `expiresAt`, ms since 1970. */
const optionsSchema = z.array(z.object({ number: z.number(), action: z.string(), expiresAt: z.number() }))

/**
 * A numbered menu for channels without buttons. It lives in the session; only exact digits choose from it, and a menu
 * that has expired or that a newer one replaced is printed again, never guessed at. 0 leads back. What the shop sends of
 * its own accord (a notice) takes the numbers after those on the screen before it: a digit typed at that moment means
 * what the buyer saw.
 */
export const menuSchema = z.object({
  options: optionsSchema,
  /**
   * the event that was answered with it, and what that could choose from; `fetched`: it only brought the rest of an earlier answer
   */
  answers: z.object({ event: z.string(), before: optionsSchema, fetched: z.boolean().optional() }).optional(),
  /** a question that digits answer stands over it: what is printed meanwhile has no numbers */
  digits: z.boolean().optional(),
})
export type Menu = z.infer<typeof menuSchema>

/** How long a printed menu can be answered, in ms. */
export const MENU_LIFE = 30 * 60_000

/** Leads back on every screen. */
const BACK = 0

/** The most numbers that may be in play at once; past it a notice starts again from 1. */
const MOST = 99

export interface PrintedMenu {
  readonly menu: Menu
  /** `1 Shop`, `2 My orders`, last `0 Back`; a button that opens an address shows the address and takes no number */
  readonly text: string
  /** the same in parts: the numbered lines, and those that open an address */
  readonly options: readonly Option[]
  readonly links: readonly string[]
}

/**
 * Numbers these buttons at `now` (ms), after those of `before` when the screen stays valid beside it. 0 is where the answer that
 * was shown last leads back to: a notice, which nobody asked for, takes none.
 */
export function printMenu(buttons: readonly Button[], now: number, before?: Menu, isAnswer = true): PrintedMenu {
  const offered = !isAnswer && before?.digits ? buttons.filter((button) => !('action' in button)) : buttons
  const back = isAnswer ? buttons.find((button) => 'action' in button && button.back) : undefined
  const isKept = ({ number, expiresAt }: Menu['options'][number]) => now <= expiresAt && !(isAnswer && number === BACK)
  const kept = before?.options.filter(isKept) ?? []
  const last = Math.max(0, ...kept.map(({ number }) => number))
  const startsAgain = last + offered.length > MOST
  const options = startsAgain ? kept.filter(({ number }) => number === BACK) : [...kept]
  let next = startsAgain ? 1 : last + 1
  const lines: string[] = []
  const links: string[] = []
  const numbered: Option[] = []
  for (const button of back ? [...offered.filter((one) => one !== back), back] : offered) {
    if ('url' in button) {
      const line = `${button.label}: ${button.url}`
      links.push(line)
      lines.push(line)
    }
    if (!('action' in button)) continue
    const { action, label } = button
    const option = { number: button === back ? BACK : next++, label, stamp: stampOf(action) }
    options.push({ number: option.number, action, expiresAt: now + MENU_LIFE })
    numbered.push(option)
    lines.push(printedOption(option))
  }
  return { menu: { ...before, options }, text: lines.join('\n'), options: numbered, links }
}

/**
 * What tells the lines of one menu from those with the same numbers in another: below 20 million, so that it goes with a number
 * into 32 bits. It protects nothing: what an action may do is decided when it comes back.
 */
const stampOf = (action: string): number => createHash('sha256').update(action).digest().readUInt32BE(0) % 20_000_000

/** What an event chooses from: handled again, it must not choose from what it was answered with the first time. */
export const menuFor = (event: string, menu: Menu | undefined): Menu | undefined =>
  menu?.answers?.event === event ? { options: menu.answers.before } : menu

/** The same without what 0 means: it was of a screen that is not the last any more. */
export const withoutBack = (menu: Menu | undefined): Menu | undefined =>
  menu && { ...menu, options: menu.options.filter(({ number }) => number !== BACK) }

/** What counts under a question that digits answer. */
export const backOnly = (menu: Menu | undefined): Menu | undefined =>
  menu && { options: menu.options.filter(({ number }) => number === BACK) }

/**
 * The menu that counts when something was shown because of an event, be it its answer or what had waited for it: handled again, the
 * event chooses from what there was before. `there` is what counted until now.
 */
export function shownFor(
  event: string,
  { options, digits, fetched }: { options: Menu['options']; digits?: boolean | undefined; fetched?: boolean },
  there: Menu | undefined,
): Menu {
  const again = there?.answers?.event === event ? there.answers : undefined
  const before = again?.before ?? there?.options ?? []
  return {
    options,
    answers: { event, before, ...(fetched || again?.fetched ? { fetched: true } : {}) },
    ...(digits ? { digits: true } : {}),
  }
}

/** Whether this event has only brought the rest of an earlier answer when it was handled before. */
export const hasFetched = (event: string, menu: Menu | undefined): boolean =>
  menu?.answers?.event === event && menu.answers.fetched === true

export type Choice =
  | { readonly kind: 'action'; readonly action: string }
  /** back, where the menu does not say where that is */
  | { readonly kind: 'back' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'none' }

/**
 * What a person meant who typed `text` under `menu`: an action, an expired menu, or nothing to do with it. Whoever tapped a line
 * with this stamp sees what they tap, however old: it is that action, or the menu is not the one that counts any more.
 */
export function choose(menu: Menu | undefined, text: string, now: number, stamp?: number): Choice {
  const typed = text.normalize('NFKC').trim()
  if (stamp !== undefined) {
    const tapped = menu?.options.find((o) => o.number === Number(typed) && stampOf(o.action) === stamp)
    return tapped && now <= tapped.expiresAt ? { kind: 'action', action: tapped.action } : { kind: 'expired' }
  }
  if (!/^(0|[1-9][0-9]?)$/.test(typed)) return { kind: 'none' }
  const option = menu?.options.find((o) => o.number === Number(typed))
  if (!option) return { kind: Number(typed) === BACK ? 'back' : 'none' }
  return now > option.expiresAt ? { kind: 'expired' } : { kind: 'action', action: option.action }
}
