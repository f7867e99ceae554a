import { createCipheriv, createHash, randomBytes, sign, verify } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { atEnd } from '../../stand/closing.ts'
import { billOf } from './bill.ts'
import { type Certificate, certify, type Keys, rsaKeys } from './certificate.ts'

/** The key pairs of a merchant and of the platform: slow to make, so once for a test file. */
export interface FakeKeys {
  readonly merchant: Keys
  readonly platform: readonly [Keys, Keys, Keys]
}
export const fakeKeys = (): FakeKeys => ({ merchant: rsaKeys(), platform: [rsaKeys(), rsaKeys(), rsaKeys()] })

export interface FakeTransaction {
  readonly out_trade_no: string
  readonly appid: string
  readonly trade_type: 'NATIVE' | 'JSAPI'
  readonly amount: { readonly total: number; readonly currency: string }
  readonly expires: Date
  readonly code_url: string
  readonly prepay_id: string
  /** whom it was prepared for, or who paid it */
  openid: string | undefined
  state: 'NOTPAY' | 'SUCCESS' | 'REFUND' | 'CLOSED'
  transaction_id: string | undefined
  paidAt: Date | undefined
  readonly asked: string
}

export interface FakeRefund {
  readonly out_refund_no: string
  readonly transaction_id: string
  readonly refund_id: string
  readonly refund: number
  readonly total: number
  readonly createdAt: Date
  status: 'SUCCESS' | 'CLOSED' | 'PROCESSING' | 'ABNORMAL'
}

/** A call to the merchant, before it goes out: what a test may spoil. */
export interface Draft {
  serial: string
  timestamp: string
  nonce: string
  /** the key that signs it */
  by: Keys
  eventType: string
  /** what is sealed inside */
  resource: Record<string, unknown>
  /** changes the bytes of what was sealed */
  corrupt?: (ciphertext: Buffer) => Buffer
  /** sealed under this key instead of the merchant's */
  apiV3Key?: Buffer
  associatedData?: string
  /** changes the body after it was signed */
  tamper?: (body: string) => string
  /** changes the headers at last */
  headers?: (headers: Record<string, string>) => Record<string, string>
}

/** What goes wrong with the next request that fits: `after` it was done. */
interface Fault {
  readonly path: RegExp
  readonly kind:
    | 'drop'
    | 'drop-after'
    | 'slow-after'
    | 'system-error'
    | 'unsigned'
    | 'stale'
    | 'wrong-key'
    | 'refuse'
    | '429'
  readonly reason?: string
  times: number
}

export interface FakeWechatPay {
  readonly url: string
  readonly settings: Readonly<Record<string, string>>
  readonly transactions: ReadonlyMap<string, FakeTransaction>
  readonly refunds: ReadonlyMap<string, FakeRefund>
  /** method and path of every request whose signature was right, the newest last */
  readonly requests: readonly string[]
  /** what was wrong with requests that were refused for their form */
  readonly complaints: readonly string[]
  /** how refunds stand after they were asked for */
  refundsEnd: FakeRefund['status']
  /** fen in the merchant's account */
  balance: number
  /** which key seals answers and calls: a platform certificate, or the public key */
  sealedBy: 0 | 1 | 'public-key'
  /** false where a merchant has had the public key from the beginning */
  hasCertificates: boolean
  /** plain bills, or bills that are damaged on their way */
  bills: 'gzip' | 'plain' | 'damaged' | 'creating'
  fault(path: RegExp, kind: Fault['kind'], options?: { reason?: string; times?: number }): void
  /** A second platform certificate stands in the list from now on. */
  rotate(): void
  /** A person pays what they scanned, or what the page prepared. Nobody is told yet. @throws when it cannot be paid any more */
  pay(handle: string, openid?: string): FakeTransaction
  /** Ends a refund that was being worked on. */
  finish(no: string, status: FakeRefund['status']): void
  /** The call that tells of a payment or a refund, spoiled by `change`. */
  draft(of: FakeTransaction | FakeRefund, change?: (draft: Draft) => void): Call
  /** Makes the call; the status it was answered with. */
  call(url: string, call: Call): Promise<number>
}

export interface Call {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export const MCH_ID = '1900000109'
export const APP_ID = 'wxd678efh567hg6787'
export const PUBLIC_KEY_ID = 'PUB_KEY_ID_0119000001092024111900111200000'
const API_V3_KEY = '0123456789abcdef0123456789ABCDEF'
const SERIAL = '5DC1C7A8B1F4E0E2C3D49A8F7B6A51423324A1B0'

/**
 * WeChat Pay v3 on loopback, as strict as its documents: it knows its merchant by signature, signs what it says, changes its
 * certificates, and does nothing twice for one number. `now` is its clock.
 */
export async function startWechatPay(
  keys: FakeKeys,
  now: () => Date,
  { publicKeyMode = false }: { readonly publicKeyMode?: boolean } = {},
): Promise<FakeWechatPay> {
  const [first, second, own] = keys.platform
  const year = 365 * 86_400_000
  const certificates: [Certificate, Certificate] = [
    certify(first, new Date(now().getTime() - year), new Date(now().getTime() + year)),
    certify(second, new Date(now().getTime() - 1000), new Date(now().getTime() + 5 * year)),
  ]
  let listed: Certificate[] = [certificates[0]]
  const transactions = new Map<string, FakeTransaction>()
  const refunds = new Map<string, FakeRefund>()
  const requests: string[] = []
  const complaints: string[] = []
  const faults: Fault[] = []
  const nonces = new Set<string>()

  const sealer = (): { keys: Keys; serial: string } =>
    fake.sealedBy === 'public-key'
      ? { keys: own, serial: PUBLIC_KEY_ID }
      : { keys: fake.sealedBy === 0 ? first : second, serial: certificates[fake.sealedBy].serial }

  const seal = (
    plaintext: string,
    associated: string,
    key: Buffer = Buffer.from(API_V3_KEY),
    corrupt = (b: Buffer) => b,
  ) => {
    const nonce = randomBytes(6).toString('hex')
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(associated))
    const bytes = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
    const ciphertext = corrupt(bytes).toString('base64')
    return { algorithm: 'AEAD_AES_256_GCM', ciphertext, nonce, associated_data: associated }
  }

  const signed = (by: Keys, serial: string, at: Date, body: string): Record<string, string> => {
    const timestamp = String(Math.floor(at.getTime() / 1000))
    const nonce = randomBytes(16).toString('hex')
    const signature = sign('sha256', Buffer.from(`${timestamp}\n${nonce}\n${body}\n`), by.privateKey).toString('base64')
    return {
      'wechatpay-serial': serial,
      'wechatpay-timestamp': timestamp,
      'wechatpay-nonce': nonce,
      'wechatpay-signature': signature,
      'wechatpay-signature-type': 'WECHATPAY2-SHA256-RSA2048',
    }
  }

  /** Whether a request is our merchant's; what is wrong with it otherwise. */
  function problemOf({ method = '', url = '', headers }: IncomingMessage, body: string): string | undefined {
    const text = headers.authorization ?? ''
    const [, parts] = /^WECHATPAY2-SHA256-RSA2048 (.+)$/.exec(text) ?? []
    if (!parts) return `no authorization: ${text.slice(0, 20)}`
    const of = Object.fromEntries([...parts.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]))
    if (Object.keys(of).sort().join() !== 'mchid,nonce_str,serial_no,signature,timestamp') return 'its parts'
    if (of.mchid !== MCH_ID || of.serial_no !== SERIAL) return 'another merchant'
    if (Math.abs(Number(of.timestamp) * 1000 - now().getTime()) > 300_000) return 'its time'
    if (!/^[0-9A-Za-z]{16,32}$/.test(of.nonce_str ?? '') || nonces.has(of.nonce_str ?? '')) return 'its nonce'
    nonces.add(of.nonce_str ?? '')
    const message = `${method}\n${url}\n${of.timestamp}\n${of.nonce_str}\n${body}\n`
    if (!verify('sha256', Buffer.from(message), keys.merchant.publicKey, Buffer.from(of.signature ?? '', 'base64')))
      return 'its signature'
    if (headers.accept !== 'application/json' || !headers['user-agent']) return 'accept or user-agent'
    if (body !== '' && headers['content-type'] !== 'application/json') return 'content-type'
    if (publicKeyMode && headers['wechatpay-serial'] !== PUBLIC_KEY_ID) return 'no public key id'
    return undefined
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const problem = problemOf(request, body)
    if (problem) {
      complaints.push(problem)
      response.writeHead(401, { 'content-type': 'application/json' })
      return void response.end('{"code":"SIGN_ERROR","message":"签名错误"}')
    }
    const path = request.url ?? ''
    requests.push(`${request.method} ${path}`)
    const fault = faults.find((one) => one.times > 0 && one.path.test(`${request.method} ${path}`))
    if (fault) fault.times--
    if (fault?.kind === 'drop') return void request.socket.destroy()
    let status: number
    let answer: unknown
    if (fault?.kind === 'system-error') [status, answer] = [500, { code: 'SYSTEM_ERROR', message: '系统异常' }]
    else if (fault?.kind === '429') [status, answer] = [429, { code: 'FREQUENCY_LIMITED', message: '频率限制' }]
    else if (fault?.kind === 'refuse') [status, answer] = [403, { code: fault.reason, message: '拒绝' }]
    else [status, answer] = handle(request.method ?? '', new URL(path, 'http://fake'), body)
    if (fault?.kind === 'drop-after') return void request.socket.destroy()
    if (fault?.kind === 'slow-after') await sleep(1500)
    if (Buffer.isBuffer(answer)) return void response.writeHead(status).end(answer)
    send(response, status, answer === undefined ? '' : JSON.stringify(answer), fault?.kind)
  })

  function send(response: ServerResponse, status: number, body: string, fault: Fault['kind'] | undefined): void {
    // Whoever asks with the public key's id is answered with it, also while calls still come with certificates.
    const { keys: by, serial } = publicKeyMode ? { keys: own, serial: PUBLIC_KEY_ID } : sealer()
    const at = fault === 'stale' ? new Date(now().getTime() - 301_000) : now()
    const headers = fault === 'unsigned' ? {} : signed(fault === 'wrong-key' ? keys.merchant : by, serial, at, body)
    response.writeHead(status, { ...headers, 'content-type': 'application/json; charset=utf-8' }).end(body)
  }

  const refuse = (status: number, code: string): [number, unknown] => [status, { code, message: '错误' }]

  function handle(method: string, { pathname, searchParams }: URL, text: string): [number, unknown?] {
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, never>)
    const at = `${method} ${pathname}`
    if (at === 'GET /v3/certificates') {
      if (!fake.hasCertificates) return refuse(404, 'RESOURCE_NOT_EXISTS')
      const data = listed.map(({ serial, pem }) => ({
        serial_no: serial,
        effective_time: '2025-01-01T00:00:00+08:00',
        expire_time: '2030-01-01T00:00:00+08:00',
        encrypt_certificate: seal(pem, 'certificate'),
      }))
      return [200, { data }]
    }
    if (at === 'POST /v3/pay/transactions/native') return prepare('NATIVE', body, text)
    if (at === 'POST /v3/pay/transactions/jsapi') return prepare('JSAPI', body, text)
    const [, tradeNo, close] = /^\/v3\/pay\/transactions\/out-trade-no\/([^/]+)(\/close)?$/.exec(pathname) ?? []
    if (tradeNo !== undefined) {
      const transaction = transactions.get(decodeURIComponent(tradeNo))
      if (close && method === 'POST') {
        if (body.mchid !== MCH_ID) return refuse(400, 'PARAM_ERROR')
        if (!transaction) return refuse(404, 'ORDER_NOT_EXIST')
        if (transaction.state === 'SUCCESS' || transaction.state === 'REFUND') return refuse(400, 'ORDERPAID')
        transaction.state = 'CLOSED'
        return [204]
      }
      if (method !== 'GET' || searchParams.get('mchid') !== MCH_ID) return refuse(400, 'PARAM_ERROR')
      return transaction ? [200, viewOf(transaction)] : refuse(404, 'ORDER_NOT_EXIST')
    }
    if (at === 'POST /v3/refund/domestic/refunds') return refundOf(body)
    const [, refundNo] = /^\/v3\/refund\/domestic\/refunds\/([^/]+)$/.exec(pathname) ?? []
    if (refundNo !== undefined && method === 'GET') {
      const refund = refunds.get(decodeURIComponent(refundNo))
      return refund
        ? [200, { ...refund, amount: { total: refund.total, refund: refund.refund } }]
        : refuse(404, 'RESOURCE_NOT_EXISTS')
    }
    if (at === 'GET /v3/bill/tradebill') {
      const day = searchParams.get('bill_date') ?? ''
      if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || searchParams.get('bill_type') !== 'ALL') return refuse(400, 'PARAM_ERROR')
      // The day has ended in Beijing, and it is ten there.
      if (now().getTime() < Date.parse(`${day}T00:00:00+08:00`) + 34 * 3_600_000)
        return refuse(400, 'NO_STATEMENT_EXIST')
      if (fake.bills === 'creating') return refuse(400, 'STATEMENT_CREATING')
      const bill = billOf(day, [...transactions.values()], [...refunds.values()])
      if (bill === undefined) return refuse(400, 'NO_STATEMENT_EXIST')
      const hash_value = createHash('sha1').update(bill).digest('hex')
      return [200, { hash_type: 'SHA1', hash_value, download_url: `${fake.url}/v3/billdownload/file?token=${day}` }]
    }
    if (at === 'GET /v3/billdownload/file') {
      const bill = billOf(searchParams.get('token') ?? '', [...transactions.values()], [...refunds.values()]) ?? ''
      if (fake.bills === 'plain') return [200, Buffer.from(bill)]
      return [200, fake.bills === 'damaged' ? Buffer.from(bill.replace('9', '8')) : gzipSync(bill)]
    }
    return refuse(404, 'RESOURCE_NOT_EXISTS')
  }

  function prepare(trade_type: 'NATIVE' | 'JSAPI', body: Record<string, unknown>, asked: string): [number, unknown] {
    const { appid, mchid, description, out_trade_no, time_expire, notify_url, amount, payer, ...rest } = body as {
      [name: string]: unknown
      amount?: { total?: unknown; currency?: unknown }
      payer?: { openid?: unknown }
    }
    const expires = new Date(String(time_expire))
    const openid = payer?.openid
    const isRight =
      appid === APP_ID &&
      mchid === MCH_ID &&
      typeof description === 'string' &&
      Buffer.byteLength(description) > 0 &&
      Buffer.byteLength(description) <= 127 &&
      /^[\w|*-]{6,32}$/.test(String(out_trade_no)) &&
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/.test(String(time_expire)) &&
      expires.getTime() >= now().getTime() + 59_000 &&
      /^https:\/\/[^?]+$/.test(String(notify_url)) &&
      Number.isInteger(amount?.total) &&
      Number(amount?.total) > 0 &&
      amount?.currency === 'CNY' &&
      (trade_type === 'NATIVE' ? payer === undefined : typeof openid === 'string' && /^[\w-]{28}$/.test(openid)) &&
      Object.keys(rest).length === 0
    if (!isRight) {
      complaints.push(`a payment: ${asked}`)
      return refuse(400, 'PARAM_ERROR')
    }
    const known = transactions.get(String(out_trade_no))
    if (known?.state === 'CLOSED') return refuse(400, 'ORDER_CLOSED')
    if (known && known.state !== 'NOTPAY') return refuse(400, 'ORDERPAID')
    if (known && known.asked !== asked) return refuse(403, 'OUT_TRADE_NO_USED')
    const transaction: FakeTransaction = known ?? {
      out_trade_no: String(out_trade_no),
      appid: APP_ID,
      trade_type,
      amount: { total: Number(amount?.total), currency: 'CNY' },
      expires,
      code_url: `weixin://wxpay/bizpayurl?pr=${randomBytes(5).toString('hex')}`,
      prepay_id: `wx${randomBytes(16).toString('hex')}`,
      openid: openid as string | undefined,
      state: 'NOTPAY',
      transaction_id: undefined,
      paidAt: undefined,
      asked,
    }
    transactions.set(transaction.out_trade_no, transaction)
    const { code_url, prepay_id } = transaction
    return [200, trade_type === 'NATIVE' ? { code_url } : { prepay_id }]
  }

  function refundOf(body: Record<string, unknown>): [number, unknown] {
    const { transaction_id, out_refund_no, notify_url, amount, ...rest } = body as {
      [name: string]: unknown
      amount?: { refund: number; total: number; currency: string }
    }
    const no = String(out_refund_no)
    const known = refunds.get(no)
    const of = [...transactions.values()].find((one) => one.transaction_id === transaction_id)
    if (!/^[\w|*@-]{1,64}$/.test(no) || !/^https:/.test(String(notify_url)) || Object.keys(rest).length > 0 || !amount)
      return refuse(400, 'PARAM_ERROR')
    if (!of) return refuse(404, 'RESOURCE_NOT_EXISTS')
    if (amount.total !== of.amount.total || amount.currency !== 'CNY') return refuse(400, 'PARAM_ERROR')
    if (known && known.refund !== amount.refund) return refuse(400, 'INVALID_REQUEST')
    if (known) return [200, { ...known, amount }]
    const gone = [...refunds.values()]
      .filter((one) => one.transaction_id === transaction_id && one.status !== 'CLOSED')
      .reduce((sum, { refund }) => sum + refund, 0)
    if (gone + amount.refund > of.amount.total) return refuse(400, 'INVALID_REQUEST')
    if (fake.balance < amount.refund) return refuse(403, 'NOT_ENOUGH')
    const refund: FakeRefund = {
      out_refund_no: no,
      transaction_id: String(transaction_id),
      refund_id: `503${randomBytes(8).readBigUInt64BE()}`,
      refund: amount.refund,
      total: amount.total,
      createdAt: now(),
      status: fake.refundsEnd,
    }
    refunds.set(no, refund)
    if (refund.status !== 'CLOSED') {
      fake.balance -= amount.refund
      of.state = 'REFUND'
    }
    return [200, { ...refund, amount }]
  }

  const viewOf = (transaction: FakeTransaction): Record<string, unknown> => ({
    appid: transaction.appid,
    mchid: MCH_ID,
    out_trade_no: transaction.out_trade_no,
    trade_state: transaction.state,
    trade_state_desc: '…',
    amount: {
      ...transaction.amount,
      ...(transaction.paidAt ? { payer_total: transaction.amount.total, payer_currency: 'CNY' } : {}),
    },
    ...(transaction.paidAt
      ? {
          transaction_id: transaction.transaction_id,
          trade_type: transaction.trade_type,
          bank_type: 'OTHERS',
          success_time: transaction.paidAt.toISOString(),
          payer: { openid: transaction.openid },
        }
      : {}),
  })

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let paid = 0

  const fake: FakeWechatPay = {
    url,
    settings: {
      WECHAT_PAY_MCH_ID: MCH_ID,
      WECHAT_PAY_APP_ID: APP_ID,
      WECHAT_PAY_KEY: keys.merchant.privatePem,
      WECHAT_PAY_SERIAL: SERIAL,
      WECHAT_PAY_API_V3_KEY: API_V3_KEY,
      WECHAT_PAY_API_ROOT: url,
      PUBLIC_URL: 'https://shop.example',
      ...(publicKeyMode ? { WECHAT_PAY_PUBLIC_KEY: own.publicPem, WECHAT_PAY_PUBLIC_KEY_ID: PUBLIC_KEY_ID } : {}),
    },
    transactions,
    refunds,
    requests,
    complaints,
    refundsEnd: 'SUCCESS',
    balance: 10_000_000,
    sealedBy: publicKeyMode ? 'public-key' : 0,
    hasCertificates: !publicKeyMode,
    bills: 'gzip',
    fault: (path, kind, { reason, times = 1 } = {}) =>
      void faults.push({ path, kind, times, ...(reason === undefined ? {} : { reason }) }),
    rotate() {
      listed = [...certificates]
    },
    pay(handle, openid) {
      const transaction = [...transactions.values()].find(
        ({ code_url, prepay_id }) => code_url === handle || prepay_id === handle,
      )
      if (transaction?.state !== 'NOTPAY' || transaction.expires <= now()) throw new Error('this cannot be paid')
      if (transaction.openid !== undefined && openid !== undefined && transaction.openid !== openid)
        throw new Error('this was prepared for another')
      transaction.openid ??= openid ?? 'oScanner-0123456789012345678'
      transaction.state = 'SUCCESS'
      transaction.paidAt = now()
      transaction.transaction_id = `4200002026${String(++paid).padStart(8, '0')}${transaction.out_trade_no.slice(0, 4).charCodeAt(0)}`
      return transaction
    },
    finish(no, status) {
      const refund = refunds.get(no)
      if (!refund) throw new Error(`there is no refund ${no}`)
      refund.status = status
    },
    draft(of, change = () => {}) {
      const { keys: by, serial } = sealer()
      const isRefund = 'refund_id' in of
      const draft: Draft = {
        serial,
        by,
        timestamp: String(Math.floor(now().getTime() / 1000)),
        nonce: randomBytes(16).toString('hex'),
        eventType: isRefund ? `REFUND.${of.status}` : 'TRANSACTION.SUCCESS',
        resource: isRefund
          ? {
              mchid: MCH_ID,
              out_trade_no:
                [...transactions.values()].find((one) => one.transaction_id === of.transaction_id)?.out_trade_no ?? 'x',
              transaction_id: of.transaction_id,
              out_refund_no: of.out_refund_no,
              refund_id: of.refund_id,
              refund_status: of.status,
              user_received_account: '支付用户零钱',
              amount: { total: of.total, refund: of.refund, payer_total: of.total, payer_refund: of.refund },
            }
          : viewOf(of),
      }
      change(draft)
      const associated = draft.associatedData ?? (isRefund ? 'refund' : 'transaction')
      const body = JSON.stringify({
        id: randomBytes(16).toString('hex'),
        create_time: now().toISOString(),
        resource_type: 'encrypt-resource',
        event_type: draft.eventType,
        summary: '支付成功',
        resource: {
          ...seal(JSON.stringify(draft.resource), associated, draft.apiV3Key, draft.corrupt),
          original_type: associated,
        },
      })
      const message = `${draft.timestamp}\n${draft.nonce}\n${body}\n`
      const headers = {
        'content-type': 'application/json',
        'wechatpay-serial': draft.serial,
        'wechatpay-timestamp': draft.timestamp,
        'wechatpay-nonce': draft.nonce,
        'wechatpay-signature': sign('sha256', Buffer.from(message), draft.by.privateKey).toString('base64'),
      }
      return { headers: draft.headers?.(headers) ?? headers, body: draft.tamper?.(body) ?? body }
    },
    call: async (to, { headers, body }) => (await fetch(to, { method: 'POST', headers, body })).status,
  }
  return fake
}
