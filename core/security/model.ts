import { z } from 'zod'

/** Acts that can be made to need a second person. */
export const ACTS = ['refund', 'wallet', 'security'] as const
export type Act = (typeof ACTS)[number]

/** From how much on an act needs a second person, per currency, in minor units: 0 is always, absent is never. */
const limits = z.record(z.string().regex(/^[A-Z]{3}$/), z.number().int().min(0).max(2_147_483_647))

const fields = {
  /** whoever has set up a second factor is asked for it; with `required` nobody does what is dangerous without one */
  secondFactor: z.enum(['enrolled', 'required']),
  /** after so many minutes in which a chat was not used as staff, those with a second factor are asked for it; 0: never */
  idleLock: z.number().int().min(0).max(43_200),
  refund: limits,
  wallet: limits,
}

/** How the shop protects itself from its own staff's accounts, each with its default. */
export const securitySchema = z.object({
  secondFactor: fields.secondFactor.default('enrolled'),
  idleLock: fields.idleLock.default(480),
  refund: fields.refund.default({}),
  wallet: fields.wallet.default({}),
})
export type Security = z.infer<typeof securitySchema>

/** A change of some of them. */
export const securityChange = z.object(fields).partial()
export type SecurityChange = z.infer<typeof securityChange>

/** Whether an act needs a second person. Changing these settings does as soon as any other act can. */
export function needsSecond(
  security: Security,
  act: Act,
  money?: { readonly amount: number; readonly currency: string },
): boolean {
  if (act === 'security') return [security.refund, security.wallet].some((limit) => Object.keys(limit).length > 0)
  const limit = money && security[act][money.currency]
  return limit !== undefined && money !== undefined && money.amount >= limit
}
