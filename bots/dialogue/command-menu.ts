import { TEXTS } from './locales/texts.ts'

const menu = (words: Readonly<Record<string, string>>) =>
  Object.entries(words).map(([command, description]) => ({ command, description }))

/** The commands a platform offers when a person types a slash, per language. */
export const COMMAND_MENUS = { zh: menu(TEXTS.zh.buyer.commandMenu), en: menu(TEXTS.en.buyer.commandMenu) }

/** The same where only staff are served. */
export const STAFF_COMMAND_MENUS = {
  zh: menu(TEXTS.zh.staff.staffCommandMenu),
  en: menu(TEXTS.en.staff.staffCommandMenu),
}
