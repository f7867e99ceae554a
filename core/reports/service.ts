import { auditLag } from '../audit/service.ts'
import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Gauges } from '../platform/metrics.ts'
import type { BuyerFigures, Today } from './model.ts'
import { buyer, gauges, today } from './store.ts'

export interface Reports {
  today(): Promise<Today>
  /** What is known of a buyer; undefined when there is no such customer. */
  buyer(customerId: number): Promise<BuyerFigures | undefined>
  /** What the metrics show of the database. */
  gauges(): Promise<Gauges>
}

export function createReports(db: Database, clock: Clock): Reports {
  return {
    buyer: (customerId) => buyer(db, customerId),
    today: () => today(db, after(clock(), -hours(24))),
    gauges: async () => ({ ...(await gauges(db, clock())), audit: await auditLag(db, clock()) }),
  }
}
