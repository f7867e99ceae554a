import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Today } from './model.ts'
import { today } from './store.ts'

export interface Reports {
  today(): Promise<Today>
}

export function createReports(db: Database, clock: Clock): Reports {
  return { today: () => today(db, after(clock(), -hours(24))) }
}
