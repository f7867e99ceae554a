import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { menuSchema } from './menu.ts'

/** A question that the next text answers. Staff questions carry what was answered so far. */
const askedSchema = z.object({
  question: z.string(),
  args: z.array(z.string()),
  /** a number answers it: where menus are numbered, none is printed and digits are the answer */
  digits: z.boolean().default(false),
})

/** What a member of staff wanted to do when they were asked for their second factor: pressed, or said. Never a key. */
const againSchema = z.union([z.object({ press: z.string() }), z.object({ say: z.string() })])
export type Again = z.infer<typeof againSchema>

/** Where a conversation stands. Kept in the database between events; never holds a key. */
export const sessionSchema = z.object({
  basket: z.array(z.object({ sku: z.string(), quantity: z.number().int().positive() })).default([]),
  /** names the basket: pressing `order` twice is one order */
  basketId: z.string().default(() => randomUUID()),
  asked: askedSchema.optional(),
  menu: menuSchema.optional(),
  /** when a code of the second factor was taken here, and when something was last done here as staff, in ms since 1970 */
  unlockedAt: z.number().optional(),
  staffAt: z.number().optional(),
  /** what waits for a code, and the question that was open */
  pending: z.object({ event: againSchema.optional(), asked: askedSchema.optional() }).optional(),
  /** everything received until then (ms since 1970) was handled, or its sender was told that it is not */
  caughtUp: z.number().optional(),
  /** the keys of an order that its buyer says do not work, by their places in it */
  complaint: z.object({ no: z.string(), units: z.array(z.number()) }).optional(),
  /** the import draft that further pasted lines belong to, and the message its preview stands in */
  draft: z.object({ id: z.number(), sku: z.string(), messageId: z.string().optional() }).optional(),
})
export type Session = z.infer<typeof sessionSchema>

/** The session as kept, or a new one when there is none or an older version wrote it. */
export function readSession(state: unknown): Session {
  return sessionSchema.safeParse(state ?? {}).data ?? sessionSchema.parse({})
}

/** The question that further lines of keys answer. */
export const IMPORT_LINES = 's-import-lines'

/** The question that a shared phone number answers: while it is open, a button to share one stands in place of the keyboard. */
export const ASKS_CONTACT = 'contact'

/**
 * The question that what comes without a command answers. While an import is open it belongs to that: keys must never be
 * taken for something to search for.
 */
export function questionOf({ asked, draft }: Session): { question: string; args: readonly string[] } | undefined {
  return asked ?? (draft && { question: IMPORT_LINES, args: [draft.sku] })
}

/** Starts an empty basket, as a new one. */
export function emptyBasket(session: Session): void {
  session.basket = []
  session.basketId = randomUUID()
}
