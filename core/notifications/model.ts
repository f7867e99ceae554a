import { z } from 'zod'
import type { Permission } from '../staff/model.ts'

/** What buyers are told of an order without asking. */
export const BUYER_EVENTS = ['delivered', 'delayed', 'refunding', 'refunded', 'expired'] as const
/** What staff are told of an order. */
export const STAFF_EVENTS = ['held', 'overdue'] as const
/** What staff are told of one payment. */
export const ALERTS = ['late_payment', 'overpaid', 'odd_payment', 'refund_failed', 'refund_slow', 'given_back'] as const

/** What became of a person's accounts. */
export const ACCOUNT_EVENTS = ['linked', 'unlinked'] as const

/** What is decided about complaints. */
export const VERDICTS = ['replaced', 'refunded', 'rejected'] as const

const address = z.object({ customerId: z.number(), channel: z.string(), chat: z.string() })

/** Orders that were sold since staff were last told. */
export const saleNoticeSchema = z.object({ kind: z.literal('sales'), to: address, orderNos: z.array(z.string()) })

/** A message of our own accord, by ids only: the words and keys are put in at the last moment by who sends it. */
export const noticeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('order'),
    to: address,
    event: z.enum(BUYER_EVENTS),
    orderNo: z.string(),
    /** the buyer has been told before */
    again: z.literal(true).optional(),
  }),
  z.object({ kind: z.literal('staff'), to: address, event: z.enum(STAFF_EVENTS), orderNo: z.string() }),
  saleNoticeSchema,
  z.object({ kind: z.literal('alert'), to: address, event: z.enum(ALERTS), paymentId: z.string() }),
  /** the one-time link of an order was opened */
  z.object({ kind: z.literal('link'), to: address, orderNo: z.string(), openedAt: z.iso.datetime() }),
  z.object({ kind: z.literal('payment'), to: address, paymentId: z.string() }),
  z.object({ kind: z.literal('ticket'), to: address, ticketId: z.number(), messageId: z.string() }),
  /** complaints in a ticket were decided about; `words` is the message with the reason, where there is one */
  z.object({
    kind: z.literal('complaint'),
    to: address,
    ticketId: z.number(),
    verdict: z.enum(VERDICTS),
    keys: z.number(),
    complaintId: z.number(),
    messageId: z.string().optional(),
  }),
  z.object({ kind: z.literal('root'), to: address, seal: z.string(), hash: z.string(), key: z.string() }),
  z.object({ kind: z.literal('jobs'), to: address, minute: z.string() }),
  /** the file of an export, for who asked for it */
  z.object({ kind: z.literal('export'), to: address, exportId: z.number() }),
  z.object({ kind: z.literal('approval'), to: address, approvalId: z.number() }),
  /** staff have changed a wallet: its entry */
  z.object({ kind: z.literal('wallet'), to: address, ref: z.string() }),
  /** this account is one with others from now on, or no longer: by what was done on this channel */
  z.object({
    kind: z.literal('account'),
    to: address,
    event: z.enum(ACCOUNT_EVENTS),
    by: z.string(),
    at: z.iso.datetime(),
  }),
  /** how it went, some time after the keys of an order were shown */
  z.object({ kind: z.literal('feedback'), to: address, orderNo: z.string() }),
  /** a channel is away, or was from `since` until `until`, `times` times in between: what was said meanwhile may be missing */
  z.object({
    kind: z.literal('outage'),
    to: address,
    where: z.string(),
    since: z.iso.datetime(),
    until: z.iso.datetime().optional(),
    times: z.number().optional(),
  }),
  /** the same for who was talking to the shop then */
  z.object({ kind: z.literal('missed'), to: address, since: z.iso.datetime(), until: z.iso.datetime() }),
  z.object({ kind: z.literal('books'), to: address, date: z.string(), differences: z.number() }),
])
export type Notice = z.infer<typeof noticeSchema>
export type BuyerEvent = (typeof BUYER_EVENTS)[number]
export type StaffEvent = (typeof STAFF_EVENTS)[number]
export type AccountEvent = (typeof ACCOUNT_EVENTS)[number]
export type Alert = (typeof ALERTS)[number]

/** The kinds of news that are for staff, and what whoever is told must hold, both when it is written and when it is sent. */
export const STAFF_NEWS = {
  staff: 'orders.read',
  sales: 'orders.read',
  alert: 'orders.read',
  ticket: 'tickets.read',
  root: 'audit.read',
  jobs: 'jobs.manage',
  books: 'books.read',
  outage: 'orders.read',
  approval: 'approvals.decide',
  export: 'keys.export',
} as const satisfies Partial<Record<Notice['kind'], Permission>>
