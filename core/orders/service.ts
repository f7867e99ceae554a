import type { Database } from '../platform/database/database.ts'
import { type Page, pageOf } from '../platform/page.ts'
import type { Order, OrderSummary } from './model.ts'
import type { OrderState } from './states.ts'
import * as store from './store.ts'

export interface Orders {
  /** An order by its number, whoever asks: the caller authorises. */
  byNo(no: string): Promise<Order | undefined>
  byId(id: bigint): Promise<Order | undefined>
  /** A buyer's orders, newest first. */
  ofCustomer(customerId: number, page: number): Promise<Page<OrderSummary>>
  /** Orders in a state, oldest first. */
  inState(state: OrderState, page: number): Promise<Page<OrderSummary>>
}

const PER_PAGE = 6

export function createOrders(db: Database): Orders {
  return {
    byNo: (no) => store.byNo(db, no),
    byId: (id) => store.byId(db, id),
    async ofCustomer(customerId, wanted) {
      const total = await store.countOfCustomer(db, customerId)
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      return { items: await store.ofCustomer(db, customerId, take, skip), page, pages, total }
    },
    async inState(state, wanted) {
      const total = await store.countInState(db, state)
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      return { items: await store.inState(db, state, take, skip), page, pages, total }
    },
  }
}
