import { badRequest } from './errors.ts'
import type { StarTransaction, TgPayment, TgUser } from './types.ts'

interface Query<T> {
  at: number
  settle(value: T): void
  drop(): void
}

/** Queries that wait for one answer each, within a time. */
export class Queries<T> {
  private readonly open = new Map<string, Query<T>>()
  private count = 0

  constructor(
    private readonly prefix: string,
    private readonly now: () => number,
    private readonly lifetimeMs: number,
  ) {}

  /** `answered` fails after `patienceMs` of real time, with `explain()`. */
  ask(patienceMs: number, explain: () => string): { id: string; answered: Promise<T> } {
    const id = `${this.prefix}${String(++this.count).padStart(8, '0')}`
    const answered = new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(explain())), patienceMs)
      this.open.set(id, {
        at: this.now(),
        settle: (value) => {
          clearTimeout(timer)
          resolve(value)
        },
        drop: () => clearTimeout(timer),
      })
    })
    return { id, answered }
  }

  /** Throws ApiError for a query that is unknown, answered already, or too old. */
  answer(id: string, value: T): void {
    const query = this.open.get(id)
    this.open.delete(id)
    if (!query || this.now() - query.at > this.lifetimeMs)
      throw badRequest('query is too old and response timeout expired or query ID is invalid')
    query.settle(value)
  }

  /** Forgets all queries: nobody is told any more. */
  close(): void {
    for (const query of this.open.values()) query.drop()
    this.open.clear()
  }
}

interface Charge {
  payer: TgUser
  payment: TgPayment
  refunded: boolean
}

/** The Stars that moved between people and one bot. */
export class Payments {
  readonly transactions: StarTransaction[] = []
  private readonly charges = new Map<string, Charge>()

  constructor(private readonly now: () => number) {}

  charge(payer: TgUser, amount: number, invoicePayload: string): TgPayment {
    const serial = this.charges.size + 1
    const id = `stxFAKE${String(serial).padStart(10, '0')}`
    const payment: TgPayment = {
      currency: 'XTR',
      total_amount: amount,
      invoice_payload: invoicePayload,
      telegram_payment_charge_id: id,
      provider_payment_charge_id: `${payer.id}_${serial}`,
    }
    this.charges.set(id, { payer, payment, refunded: false })
    this.transactions.push({ id, amount, date: this.seconds(), source: partner(payer, invoicePayload) })
    return payment
  }

  /** Throws ApiError when there is no such charge of that person, or it was refunded before. */
  refund(userId: number, chargeId: string): TgPayment {
    const charge = this.charges.get(chargeId)
    if (!charge || charge.payer.id !== userId) throw badRequest('CHARGE_NOT_FOUND')
    if (charge.refunded) throw badRequest('CHARGE_ALREADY_REFUNDED')
    charge.refunded = true
    const { payer, payment } = charge
    const receiver = partner(payer, payment.invoice_payload)
    this.transactions.push({ id: chargeId, amount: payment.total_amount, date: this.seconds(), receiver })
    return payment
  }

  private seconds(): number {
    return Math.floor(this.now() / 1000)
  }
}

function partner(user: TgUser, invoice_payload: string) {
  return { type: 'user' as const, transaction_type: 'invoice_payment' as const, user, invoice_payload }
}
