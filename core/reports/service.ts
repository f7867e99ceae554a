import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { today } from './store.ts'

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

export interface Reports {
  today(): Promise<Today>
}

export function createReports(db: Database, clock: Clock): Reports {
  return { today: () => today(db, after(clock(), -hours(24))) }
}
