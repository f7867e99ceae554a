/** Figures of the last 24 hours, and what waits for staff now. */
export interface Today {
  readonly orders: number
  readonly units: number
  /** money taken and kept, per currency in minor units */
  readonly sales: readonly { readonly currency: string; readonly amount: number }[]
  readonly refunds: number
  readonly held: number
  readonly openTickets: number
  readonly unpaid: number
}
