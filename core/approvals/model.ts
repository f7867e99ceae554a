import { z } from 'zod'
import { type Act, securityChange } from '../security/model.ts'
import type { Permission } from '../staff/model.ts'

const reason = z.string().max(200)

/** What each act is about: ids, amounts and reasons, never a key. */
export const REQUESTS = {
  refund: z.object({ orderNo: z.string(), reason }),
  /** the wallet of an order's buyer; `amount` below zero takes out */
  wallet: z.object({ orderNo: z.string(), amount: z.number().int(), currency: z.string(), reason }),
  /** unsold keys of a product, or of one of its imports; whoever asked is sent them on that channel */
  export: z.object({
    sku: z.string(),
    batchId: z.number().int().optional(),
    keys: z.number().int(),
    reason,
    channel: z.string(),
  }),
  /** from now on everything is sealed to this version of the vault's key */
  rotation: z.object({ version: z.number().int() }),
  security: z.object({ change: securityChange }),
} as const satisfies Record<Act, z.ZodType>
export type Requests = { readonly [A in Act]: z.infer<(typeof REQUESTS)[A]> }

/** What whoever asks for an act, and whoever is the second person, must hold. */
export const NEEDED: Readonly<Record<Act, Permission>> = {
  refund: 'orders.refund',
  wallet: 'wallet.adjust',
  export: 'keys.export',
  rotation: 'keys.rotate',
  security: 'security.write',
}

export type ApprovalState = 'waiting' | 'granted' | 'refused' | 'withdrawn' | 'expired'

/** An act that waits for a second person, or did. */
export type Approval = {
  readonly [A in Act]: {
    readonly id: number
    readonly act: A
    readonly request: Requests[A]
    /** minor units of `currency`, where the act is about money */
    readonly amount: number | undefined
    readonly currency: string | undefined
    /** pseudonyms, and the names behind them */
    readonly requestedBy: string
    readonly requester: string | undefined
    readonly decidedBy: string | undefined
    readonly decider: string | undefined
    readonly state: ApprovalState
    readonly requestedAt: Date
    readonly expiresAt: Date
  }
}[Act]
