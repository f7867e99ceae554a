/** Open until the supplier says yes (`accepted`) or no (`refused`), and `settled` once it is made good. */
export type ClaimState = 'open' | 'accepted' | 'refused' | 'settled'

export interface Claim {
  readonly id: number
  readonly supplierId: number
  readonly supplier: string
  readonly batchId: number
  readonly cardId: bigint
  readonly sku: string
  readonly orderNo: string
  readonly reason: string
  /** minor units; undefined when what the key cost is unknown */
  readonly cost: number | undefined
  readonly currency: string
  readonly state: ClaimState
  /** what the supplier made good */
  readonly amount: number | undefined
  readonly openedAt: Date
  readonly closedAt: Date | undefined
}

/** How a supplier stands. */
export interface SupplierClaims {
  readonly id: number
  readonly name: string
  /** claims that are open or accepted, and what their keys cost, per currency in minor units */
  readonly waiting: number
  readonly owed: readonly { readonly currency: string; readonly amount: number }[]
}
