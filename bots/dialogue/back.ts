import { action } from './action.ts'
import type { Texts } from './locales/texts.ts'
import type { Button } from './screen.ts'

/** One level up; where menus are numbered, it is `0`. */
export const backButton = (t: Texts, where: string): Button => ({ label: t.buyer.back, action: where, back: true })

/** Gives up what was asked. */
export const cancelButton = (t: Texts, where: string): Button => ({ label: t.buyer.cancel, action: where, back: true })

/** The same button where it leads up: on the screen of one of those that it lists. */
export const asBack = (button: Button): Button => ('action' in button ? { ...button, back: true } : button)

/** The first screen. */
export const homeButton = (t: Texts): Button => ({ label: t.buyer.home, action: action('home'), back: true })
