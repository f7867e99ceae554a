import { z } from 'zod'

/** Acts that can be made to need a second person. */
export const ACTS = ['refund', 'wallet', 'export', 'rotation', 'security'] as const
export type Act = (typeof ACTS)[number]

/**
 * From how much on within 24 hours an act needs a second person, per currency, in minor units: 0 is always, absent is never. It takes
 * no more to do much in small parts.
 */
const limits = z.record(z.string().regex(/^[A-Z]{3}$/), z.number().int().min(0).max(2_147_483_647))

const fields = {
  /** whoever has set up a second factor is asked for it; with `required` nobody does what is dangerous without one */
  secondFactor: z.enum(['enrolled', 'required']),
  /** after so many minutes in which a chat was not used as staff, those with a second factor are asked for it; 0: never */
  idleLock: z.number().int().min(0).max(43_200),
  refund: limits,
  wallet: limits,
  /** from how many unsold keys on within 24 hours an export needs a second person; null: never */
  export: z.number().int().min(1).max(1_000_000).nullable(),
  /** whether sealing to another version of the vault's key does */
  rotation: z.boolean(),
}

/** How the shop protects itself from its own staff's accounts, each with its default. */
export const securitySchema = z.object({
  secondFactor: fields.secondFactor.default('enrolled'),
  idleLock: fields.idleLock.default(480),
  refund: fields.refund.default({}),
  wallet: fields.wallet.default({}),
  export: fields.export.default(null),
  rotation: fields.rotation.default(false),
})
export type Security = z.infer<typeof securitySchema>

/** A change of some of them. */
export const securityChange = z.object(fields).partial()
export type SecurityChange = z.infer<typeof securityChange>

/** How much an act is about, where it is about much or little: minor units, or keys. */
export type Extent = { readonly amount: number; readonly currency: string } | { readonly keys: number }

/** Whether so much of an act needs a second person. To change these settings needs one as soon as any of them can ask for one. */
export function needsSecond(security: Security, act: Act, extent?: Extent): boolean {
  const { refund, wallet, export: keys, rotation } = security
  if (act === 'security')
    return rotation || keys !== null || [refund, wallet].some((limit) => Object.keys(limit).length > 0)
  if (act === 'rotation') return rotation
  if (extent === undefined) return false
  if (act === 'export') return 'keys' in extent && keys !== null && extent.keys >= keys
  const limit = 'currency' in extent ? security[act][extent.currency] : undefined
  return limit !== undefined && 'amount' in extent && extent.amount >= limit
}
