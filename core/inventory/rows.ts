import { parse } from 'csv-parse/sync'
import { decimals, parseMoney } from '../platform/money.ts'
import type { KeyPlaintext } from '../vault/sealing.ts'
import type { FormatRule } from './format.ts'
import type { Line } from './lines.ts'

/** Why a line is not a key. */
export type Malformed =
  | 'too_long'
  | 'control_characters'
  | 'quotes'
  | 'columns'
  | 'format'
  | 'password_missing'
  | 'spreadsheet_number'
  | 'expires'
  | 'expired'
  | 'cost'

export interface KeyRow {
  readonly key: KeyPlaintext
  readonly expiresAt?: Date
  /** minor units */
  readonly cost?: number
}

export type Row =
  | { readonly line: number; readonly row: KeyRow }
  | { readonly line: number; readonly problem: Malformed }

const COLUMNS = ['key', 'password', 'expires', 'cost'] as const
type Column = (typeof COLUMNS)[number]

/** Names of columns as spreadsheets have them; a first line made of nothing else is a heading. */
const HEADINGS: Readonly<Record<string, Column>> = {
  key: 'key',
  code: 'key',
  card: 'key',
  number: 'key',
  link: 'key',
  qr: 'key',
  卡号: 'key',
  卡密: 'key',
  兑换码: 'key',
  激活码: 'key',
  链接: 'key',
  二维码: 'key',
  password: 'password',
  pin: 'password',
  secret: 'password',
  密码: 'password',
  卡密码: 'password',
  expires: 'expires',
  expiry: 'expires',
  'expires at': 'expires',
  有效期: 'expires',
  到期: 'expires',
  过期时间: 'expires',
  到期时间: 'expires',
  cost: 'cost',
  成本: 'cost',
  进价: 'cost',
}

/** The most bytes of a key: less than sealing takes (2046) and than a QR code of level M holds (2331). */
const MOST_BYTES = 1500

export interface RowRules {
  readonly format: FormatRule
  readonly currency: string
  readonly now: Date
}

/**
 * Makes keys of lines: columns `key[,password][,expires][,cost]` by comma, tab or (as sellers of cards write it) `----`;
 * a heading may name them in another order. Blank lines are passed over and keep their number.
 */
export async function* rowsOf(lines: AsyncIterable<Line>, rules: RowRules): AsyncGenerator<Row> {
  let columns: readonly Column[] | undefined
  let first = true
  for await (const { number: line, text } of lines) {
    if (text === undefined) {
      yield { line, problem: 'too_long' }
      continue
    }
    if (text.trim() === '') continue
    const cells = cellsOf(text)
    if (first) {
      first = false
      columns = cells && headingOf(cells)
      if (columns) continue
    }
    const row = cells ? rowOf(cells, columns, rules) : 'quotes'
    yield typeof row === 'string' ? { line, problem: row } : { line, row }
  }
}

/** Whether a line by itself, without a heading before it, is a key. */
export function isRow(text: string, rules: RowRules): boolean {
  const cells = cellsOf(text)
  return cells !== undefined && typeof rowOf(cells, undefined, rules) !== 'string'
}

function cellsOf(text: string): string[] | undefined {
  const delimiter = text.includes('\t') ? '\t' : !text.includes(',') && text.includes('----') ? '----' : ','
  if (!text.includes('"')) return text.split(delimiter).map((cell) => cell.trim())
  try {
    const [cells] = parse(text, { delimiter, trim: true, relax_column_count: true }) as string[][]
    return cells
  } catch {
    return undefined
  }
}

function headingOf(cells: readonly string[]): Column[] | undefined {
  const names = cells.map((cell) => HEADINGS[cell.toLowerCase()])
  // 卡号,卡密: beside a number the word that otherwise means the whole key means its secret.
  const second = names.indexOf('key', names.indexOf('key') + 1)
  if (second > 0 && !names.includes('password')) names[second] = 'password'
  const isHeading = names.includes('key') && names.every((name) => name !== undefined)
  return isHeading && new Set(names).size === names.length ? (names as Column[]) : undefined
}

function rowOf(cells: readonly string[], columns: readonly Column[] | undefined, rules: RowRules): KeyRow | Malformed {
  const order = columns ?? COLUMNS
  if (cells.length > order.length && cells.slice(order.length).some((cell) => cell !== '')) return 'columns'
  const at = (column: Column) => cells[order.indexOf(column)] ?? ''
  const code = at('key')
  const password = at('password')
  const key: KeyPlaintext = password === '' ? { code } : { code, password }
  if (code === '') return 'columns'
  // U+FFFD stands where a byte was no character of the file's encoding: what was there is lost.
  if (/[\p{Cc}\ufffd]/u.test(code + password)) return 'control_characters'
  if (Buffer.byteLength(code) + Buffer.byteLength(password) > MOST_BYTES) return 'too_long'
  // What a spreadsheet makes of a long number: the digits are lost, and it would be sold.
  if (/^\d(\.\d+)?E\+\d+$/i.test(code)) return 'spreadsheet_number'
  if (rules.format.kind === 'pair' && password === '') return 'password_missing'
  if (!rules.format.fits(key)) return 'format'
  const expiresAt = at('expires') === '' ? undefined : dateOf(at('expires'))
  if (at('expires') !== '' && !expiresAt) return 'expires'
  if (expiresAt && expiresAt <= rules.now) return 'expired'
  const cost = at('cost') === '' ? undefined : costOf(at('cost'), rules.currency)
  if (at('cost') !== '' && cost === undefined) return 'cost'
  return { key, ...(expiresAt ? { expiresAt } : {}), ...(cost === undefined ? {} : { cost }) }
}

/** `2026-12-31` or `2026/12/31` is good to the end of that day; or an ISO 8601 time. UTC unless it names another offset. */
function dateOf(text: string): Date | undefined {
  const [, year, month, day, time] = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{2}:\d{2}\S*))?$/.exec(text) ?? []
  if (!year || !month || !day) return undefined
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  // 30 February is taken for a day of March otherwise.
  if (!isSame(new Date(`${date}T00:00Z`), date)) return undefined
  if (time === undefined) return new Date(`${date}T23:59:59Z`)
  const at = new Date(`${date}T${time}${/(Z|[+-]\d{2}:?\d{2})$/i.test(time) ? '' : 'Z'}`)
  return Number.isNaN(at.getTime()) ? undefined : at
}

const isSame = (at: Date, date: string): boolean => !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date)

function costOf(text: string, currency: string): number | undefined {
  try {
    return parseMoney(text, currency)
  } catch {
    return undefined
  }
}

/**
 * Keys as a file that {@link rowsOf} reads back as they were, character by character. So nothing is put before a key that a
 * spreadsheet would take for a formula, as is done in files for people (claims/policy): this one is for another shop's import.
 */
export function csvOf(keys: readonly KeyRow[], currency: string): string {
  const places = decimals(currency)
  const lines = keys.map(({ key, expiresAt, cost }) =>
    [
      cell(key.code),
      cell(key.password ?? ''),
      expiresAt?.toISOString() ?? '',
      cost === undefined ? '' : (cost / 10 ** places).toFixed(places),
    ].join(','),
  )
  // A mark makes Windows read it as UTF-8.
  return `\uFEFF${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`
}

const cell = (text: string): string => (/[",]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
