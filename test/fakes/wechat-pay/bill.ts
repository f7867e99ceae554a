import type { FakeRefund, FakeTransaction } from './fake.ts'

const NAMES =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
const SUMS = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'

/** 0.6 percent, as WeChat Pay takes it, in yuan with five places. */
const feeOf = (fen: number): string => (Math.round(fen * 0.6) / 100 / 100).toFixed(5)
const yuan = (fen: number): string => (fen / 100).toFixed(2)
const beijing = (at: Date): string =>
  new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
const row = (values: readonly string[]): string => values.map((value) => `\`${value}`).join(',')

/** A day's bill (交易账单, ALL); undefined when nothing happened. */
export function billOf(
  day: string,
  transactions: readonly FakeTransaction[],
  refunds: readonly FakeRefund[],
): string | undefined {
  const rows: string[] = []
  for (const { paidAt, appid, transaction_id, out_trade_no, openid, trade_type, amount } of transactions) {
    if (!paidAt || !beijing(paidAt).startsWith(day)) continue
    const { total } = amount
    rows.push(
      row([
        beijing(paidAt),
        appid,
        '1900000109',
        '0',
        '',
        transaction_id ?? '',
        out_trade_no,
        openid ?? '',
        trade_type,
        'SUCCESS',
        'OTHERS',
        'CNY',
        yuan(total),
        '0.00',
        '0',
        '0',
        '0.00',
        '0.00',
        '',
        '',
        'a, b',
        '',
        feeOf(total),
        '0.60%',
        yuan(total),
        '0.00',
        '',
      ]),
    )
  }
  for (const { createdAt, transaction_id, out_refund_no, refund_id, refund, status } of refunds) {
    if (!beijing(createdAt).startsWith(day)) continue
    const of = transactions.find((one) => one.transaction_id === transaction_id)
    const state = status === 'CLOSED' ? 'FAIL' : status
    rows.push(
      row([
        beijing(createdAt),
        of?.appid ?? '',
        '1900000109',
        '0',
        '',
        transaction_id,
        of?.out_trade_no ?? '',
        of?.openid ?? '',
        'NATIVE',
        'REFUND',
        'OTHERS',
        'CNY',
        '0.00',
        '0.00',
        refund_id,
        out_refund_no,
        yuan(refund),
        '0.00',
        'ORIGINAL',
        state,
        'a, b',
        '',
        `-${feeOf(refund)}`,
        '0.60%',
        '0.00',
        yuan(refund),
        '',
      ]),
    )
  }
  if (rows.length === 0) return undefined
  return `\uFEFF${[NAMES, ...rows, SUMS, row([String(rows.length), '0', '0', '0', '0', '0', '0'])].join('\r\n')}\r\n`
}
