import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { after, type Clock, hours, minutes } from '../../../platform/clock.ts'
import { KeytillError, Postponed } from '../../../platform/errors.ts'
import type { PaymentNotice } from '../../model.ts'
import type { ProviderBook, RefundFact } from '../../provider.ts'
import { type WechatPayClient, WechatPayError } from './client.ts'
import { WECHAT_PAY } from './merchant.ts'
import { refundIdIn } from './refunds.ts'

/** A day of Beijing begins so much before the one of UTC, in ms. */
const AHEAD = hours(8)
const DAY = hours(24)
/** When the bill of a day is there, in ms after the day has ended in Beijing. */
const READY = hours(10)
/** How soon to ask again for one that WeChat Pay is still writing, in ms. */
const WRITING = minutes(30)

const answerSchema = z.object({
  hash_type: z.literal('SHA1'),
  hash_value: z.string().regex(/^[0-9A-Fa-f]{40}$/),
  download_url: z.url(),
})

/** The days of Beijing that this time touches: `2026-06-01`. */
export function daysOf(from: Date, to: Date): string[] {
  const days: string[] = []
  const first = Math.floor((from.getTime() + AHEAD) / DAY) * DAY
  for (let day = first; day < to.getTime() + AHEAD; day += DAY) days.push(new Date(day).toISOString().slice(0, 10))
  return days
}

/** Bills of one merchant (交易账单). */
export function createBills(client: WechatPayClient, clock: Clock) {
  /** The text of a day's bill; undefined when nothing happened that day. */
  async function textOf(day: string): Promise<string | undefined> {
    const wait = after(new Date(`${day}T00:00:00Z`), DAY - AHEAD + READY).getTime() - clock().getTime()
    if (wait > 0) throw notYet(wait)
    let answer: unknown
    try {
      answer = await client.call('GET', `/v3/bill/tradebill?bill_date=${day}&bill_type=ALL&tar_type=GZIP`)
    } catch (error) {
      if (!(error instanceof WechatPayError) || error.failure !== 'refused') throw error
      if (error.reason === 'NO_STATEMENT_EXIST') return undefined
      if (error.reason === 'STATEMENT_CREATING') throw notYet(WRITING)
      throw error
    }
    const { hash_value, download_url } = answerSchema.parse(answer)
    const file = await client.download(download_url)
    const bytes = file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file
    if (createHash('sha1').update(bytes).digest('hex') !== hash_value.toLowerCase())
      throw new KeytillError('wechat_pay.bill_damaged', 'A bill of WeChat Pay came damaged; it is asked for again.')
    return bytes.toString('utf8')
  }

  return {
    async book(from: Date, to: Date): Promise<ProviderBook> {
      const payments: PaymentNotice[] = []
      const refunds: RefundFact[] = []
      for (const day of daysOf(from, to)) {
        const text = await textOf(day)
        const bill = text === undefined ? undefined : readBill(text)
        payments.push(...(bill?.payments ?? []))
        refunds.push(...(bill?.refunds ?? []))
      }
      return { payments, refunds }
    },
  }
}

const notYet = (wait: number): Postponed =>
  new Postponed('payment.book_not_ready', 'WeChat Pay writes the bill of a day until ten the next morning.', wait)

const malformed = (): KeytillError =>
  new KeytillError('wechat_pay.bill_malformed', 'A bill of WeChat Pay is not what its documents say.')

/** What a bill is read by: older merchants have it with other names for some columns, and in another order. */
const COLUMNS = {
  reference: ['微信订单号'],
  tradeNo: ['商户订单号'],
  payer: ['用户标识'],
  state: ['交易状态'],
  currency: ['货币种类'],
  amount: ['订单金额', '总金额'],
  refundNo: ['商户退款单号'],
  refunded: ['申请退款金额', '退款金额'],
  refundState: ['退款状态'],
  fee: ['手续费'],
} as const

/** The row of sums at the end, by which it is known that nothing is missing. */
const SUM = '总交易单数'

/**
 * Reads a bill: a row of names, one row for each payment and each refund, and sums. Every value has a backquote before it; money is
 * in yuan.
 * @throws KeytillError `wechat_pay.bill_malformed` also when a row is missing
 */
export function readBill(text: string): ProviderBook {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter(Boolean)
  const names = lines[0]?.split(',') ?? []
  const end = lines.findIndex((line) => line.startsWith(SUM))
  const count = Number(cells(lines[end + 1] ?? '')[0])
  const rows = lines.slice(1, end)
  if (end < 1 || count !== rows.length) throw malformed()
  const placeOf = (column: keyof typeof COLUMNS): number => {
    const place = COLUMNS[column].map((name) => names.indexOf(name)).find((at) => at >= 0)
    if (place === undefined) throw malformed()
    return place
  }
  const places = Object.fromEntries(
    (Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]).map((column) => [column, placeOf(column)]),
  ) as Record<keyof typeof COLUMNS, number>
  const payments: PaymentNotice[] = []
  const refunds: RefundFact[] = []
  for (const row of rows) {
    const values = cells(row)
    const cell = (column: keyof typeof COLUMNS): string => values[places[column]] ?? ''
    const reference = cell('reference')
    const fee = fen(cell('fee'))
    if (cell('state') === 'REFUND') {
      if (cell('refundState') === 'FAIL' || cell('refundState') === 'CHANGE') continue
      const refundId = refundIdIn(cell('refundNo'), reference)
      const back = { provider: WECHAT_PAY, reference, amount: fen(cell('refunded')), fee: Math.abs(fee) }
      refunds.push({ ...back, ...(refundId === undefined ? {} : { refundId }) })
    } else
      payments.push({
        provider: WECHAT_PAY,
        reference,
        orderNo: cell('tradeNo').replace(/-\d+$/, ''),
        payer: cell('payer'),
        amount: fen(cell('amount')),
        currency: cell('currency'),
        fee,
      })
  }
  return { payments, refunds }
}

/** The name of what was bought may hold a comma: values begin with a backquote. */
const cells = (row: string): string[] => row.replace(/^`/, '').split(',`')

/** Fen out of yuan; fees come with five places. @throws KeytillError `wechat_pay.bill_malformed` */
function fen(yuan: string): number {
  const [, sign, whole, cents = '', rest = ''] = /^(-?)(\d{1,9})(?:\.(\d{1,2})(\d*))?$/.exec(yuan.trim()) ?? []
  if (whole === undefined) throw malformed()
  const amount = Number(whole) * 100 + Number(cents.padEnd(2, '0')) + (Number(rest.padEnd(1, '0')[0]) >= 5 ? 1 : 0)
  return sign === '-' ? -amount : amount
}
