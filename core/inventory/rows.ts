import { parse } from 'csv-parse/sync'
import { parseMoney } from '../platform/money.ts'
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
  卡号: 'key',
  卡密: 'key',
  兑换码: 'key',
  激活码: 'key',
  链接: 'key',
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

/** The most bytes of a key, whichever its columns: what sealing takes, with room to spare. */
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
  return names.includes('key') && names.every((name) => name !== undefined) ? (names as Column[]) : undefined
}

function rowOf(cells: readonly string[], columns: readonly Column[] | undefined, rules: RowRules): KeyRow | Malformed {
  const order = columns ?? COLUMNS
  if (cells.length > order.length && cells.slice(order.length).some((cell) => cell !== '')) return 'columns'
  const at = (column: Column) => cells[order.indexOf(column)] ?? ''
  const code = at('key')
  const password = at('password')
  const key: KeyPlaintext = password === '' ? { code } : { code, password }
  if (code === '') return 'columns'
  if (/\p{Cc}/u.test(code + password)) return 'control_characters'
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

/** `2026-12-31` or `2026/12/31` is good to the end of that day, UTC; or a full ISO 8601 time. */
function dateOf(text: string): Date | undefined {
  const [, year, month, day] = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/.exec(text) ?? []
  if (year && month && day) {
    const end = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day), 23, 59, 59))
    return end.getUTCDate() === Number(day) && end.getUTCMonth() === Number(month) - 1 ? end : undefined
  }
  const time = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text) ? new Date(text) : undefined
  return time && !Number.isNaN(time.getTime()) ? time : undefined
}

function costOf(text: string, currency: string): number | undefined {
  try {
    return parseMoney(text, currency)
  } catch {
    return undefined
  }
}
