import { z } from 'zod'
import { LANGUAGES, type Language } from '../customers/model.ts'
import type { Money } from '../wallet/model.ts'
import type { MailingState } from './states.ts'

const days = z.number().int().min(1).max(3650)

/** Whom a broadcast is for: everyone whom every condition fits. Without conditions, everyone. */
export const segmentSchema = z.object({
  /** bought this product, by SKU */
  product: z.string().optional(),
  /** bought something of this category, by id */
  category: z.number().int().optional(),
  /** bought in the last so many days */
  boughtWithin: days.optional(),
  /** bought once, but not in the last so many days */
  notBoughtFor: days.optional(),
  language: z.enum(LANGUAGES).optional(),
  /** can be reached on this channel, and is reached there */
  channel: z.string().optional(),
  /** was brought by this source */
  source: z.string().optional(),
  /** spent at least so much, in minor units of the shop's currency */
  spent: z.number().int().min(1).optional(),
})
export type Segment = z.infer<typeof segmentSchema>
export type Condition = keyof Segment
export const CONDITIONS = Object.keys(segmentSchema.shape) as Condition[]

/** How a segment comes out: how many would get it, and how many fit and would not. */
export interface Reach {
  readonly waiting: number
  /** want nothing of the kind */
  readonly quiet: number
  /** have blocked or left the chat */
  readonly gone: number
  /** staff have put them on the lowest level of trust */
  readonly barred: number
}

/** How far a broadcast has come. */
export interface Progress extends Reach {
  readonly sent: number
  readonly failed: number
  /** may have come or not: the program ended in the middle. They are not sent again. */
  readonly unsure: number
}

/** What came of a broadcast within 7 days after each message. */
export interface Results {
  /** pressed its button */
  readonly opened: number
  readonly buyers: number
  readonly orders: number
  /** what they paid */
  readonly sums: readonly Money[]
}

/** A broadcast of the staff. */
export interface Mailing {
  readonly id: number
  readonly state: MailingState
  readonly text: string
  readonly picture: MailingPicture | undefined
  /** the product its button leads to */
  readonly sku: string | undefined
  readonly segment: Segment
  readonly createdAt: Date
  readonly sendAt: Date | undefined
  readonly startedAt: Date | undefined
  readonly endedAt: Date | undefined
  /** everyone it is for has been found */
  readonly isFilled: boolean
}

export interface MailingPicture {
  readonly id: string
  readonly mime: string
  readonly bytes: Uint8Array
}

/** A broadcast on its way to one person. */
export interface Letter {
  readonly mailing: Mailing
  readonly to: { readonly customerId: number; readonly chat: string; readonly language: Language }
}

/** A line of the list of broadcasts. */
export interface MailingSummary {
  readonly id: number
  readonly state: MailingState
  readonly text: string
  readonly createdAt: Date
  readonly sent: number
}
