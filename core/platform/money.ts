import { KeytillError } from './errors.ts'

/** Telegram Stars, which have no minor unit. */
export const STARS = 'XTR'

/** The most one order may come to, in minor units: what an `integer` column holds. */
export const MOST_MONEY = 2_147_483_647

/** Asking Intl is dear, and an import asks once a line. */
const known = new Map([[STARS, 0]])

/** How many decimal places a currency has: 2 for CNY, 0 for JPY and Stars. */
export function decimals(currency: string): number {
  const places =
    known.get(currency) ??
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ??
    2
  known.set(currency, places)
  return places
}

/**
 * Minor units of what a person typed: `9.9`, `￥9.90`, `RMB 1,000`. Only ASCII digits after NFKC, no sign (of any kind of minus), no more
 * decimals than the currency has.
 * @throws KeytillError `money.malformed` when it is anything else, or over a hundred million minor units
 */
export function parseMoney(text: string, currency: string): number {
  const places = decimals(currency)
  const typed = text
    .normalize('NFKC')
    .trim()
    .replace(/^[\p{Sc}\p{L}★⭐]{1,3}\s*/u, '')
    .replace(/(?<=\d),(?=\d{3}(\D|$))/g, '')
  const [, whole, fraction = ''] = /^([0-9]{1,9})(?:\.([0-9]{1,4}))?$/.exec(typed) ?? []
  const amount =
    whole === undefined || fraction.length > places ? Number.NaN : Number(whole + fraction.padEnd(places, '0'))
  if (!(amount <= 100_000_000))
    throw new KeytillError('money.malformed', `An amount looks like ${places ? '9.90' : '990'}.`)
  return amount
}

/** The amount as people of that language write it: `¥9.90`, `CN¥9.90`, `★ 50` for Stars. */
export function formatMoney(amount: number, currency: string, language: string): string {
  if (currency === STARS) return `★ ${amount}`
  const places = decimals(currency)
  return new Intl.NumberFormat(language, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).format(
    amount / 10 ** places,
  )
}
