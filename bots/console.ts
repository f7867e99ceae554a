import { hours } from '../core/platform/clock.ts'
import { KeytillError } from '../core/platform/errors.ts'
import { isLoopback } from '../core/platform/settings.ts'
import type { OpeningStep, Shop } from '../core/shop.ts'
import { OWNER } from '../core/staff/model.ts'
import type { Program } from './channels.ts'

/** How long a printed one-time link or code makes its first user the owner, in ms. */
const CLAIM_LIFE = hours(1)

/** What somebody reads who waits for the shop to open. */
export const OPENING: Readonly<Record<OpeningStep, string>> = {
  preparing: 'Preparing the database (once, a few seconds) …',
  starting: 'Starting …',
  waiting: 'The database has to be brought up to date and is in use, perhaps by a backup: waiting …',
}

/** The few lines a person reads after the start: what runs, where to click, what to keep, what to set next. */
export async function greeting({ shop, web, telegram, staffBot, wechat }: Program): Promise<string> {
  const { settings } = shop
  const out = ['', 'keytill is open.', '']
  const row = (what: string, where: string) => out.push(`  ${what.padEnd(16)}${where}`)
  if (web) row('Buy', web.url)
  // Whoever reads this console owns the machine: on loopback each start gives a fresh link for the owner.
  // A process that talks to nobody has nobody to tell.
  const needsOwner = (web || telegram || staffBot || wechat) && !(await shop.staff.hasOwner())
  if (web && isLoopback(settings.HTTP_HOST))
    row('Run the shop', `${web.url}/#claim=${await ownerCode(shop)}   (one-time link, for you)`)
  else if (needsOwner)
    row(
      'Own the shop',
      `send /claim ${await ownerCode(shop)} to the ${staffBot ? 'staff bot' : 'shop'}, once, within the hour`,
    )
  if (telegram) row('Telegram', telegram.url)
  if (staffBot) row('Staff bot', staffBot.url)
  if ((telegram || staffBot) && needsOwner && web && isLoopback(settings.HTTP_HOST))
    row('', `to own it there: /claim ${await ownerCode(shop)}`)
  if (wechat && settings.WECHAT_PUPPET === 'official-account')
    row('WeChat', `is to call ${settings.PUBLIC_URL}/wechat/${settings.WECHAT_APP_ID}`)
  else if (wechat) row('WeChat', `through ${settings.WECHAT_PUPPET}`)
  if (shop.newVaultKey) {
    out.push(
      '',
      `  The vault key is new: ${shop.newVaultKey}`,
      '  Copy it to a safe place now. Without it nobody can read the keys you stock.',
    )
  }
  if (shop.sandbox)
    out.push(
      '',
      '  Products and payments are pretend. To sell on Telegram, get a token from @BotFather and start with',
      '  TELEGRAM_BOT_TOKEN=… npm start',
    )
  out.push('', '  Ctrl-C stops everything.', '')
  return out.join('\n')
}

/** A code that makes its first user the owner. */
const ownerCode = async (shop: Shop): Promise<string> => (await shop.staff.invite('operator', OWNER, CLAIM_LIFE)).code

/** What is printed when the program cannot go on. */
export function problem(error: unknown): string {
  return error instanceof KeytillError
    ? `\n${error.message}\n`
    : '\nThe program ended because of a mistake in it. Start it again with LOG_LEVEL=debug and report what it logs.\n'
}
