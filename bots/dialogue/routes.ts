import { basketRoutes } from './buyer/basket.ts'
import { complaintRoutes } from './buyer/complaint.ts'
import { helpRoutes } from './buyer/help.ts'
import { homeRoutes } from './buyer/home.ts'
import { linkRoutes } from './buyer/link.ts'
import { orderRoutes } from './buyer/order.ts'
import { productRoutes } from './buyer/product.ts'
import { receiptRoutes } from './buyer/receipt.ts'
import { shelfRoutes } from './buyer/shelf.ts'
import { supportRoutes } from './buyer/support.ts'
import { ticketRoutes } from './buyer/tickets.ts'
import { unitRoutes } from './buyer/units.ts'
import { walletRoutes } from './buyer/wallet.ts'
import type { Routes } from './context.ts'

export { STAFF_ROUTES } from './staff/routes.ts'

/** What anyone may say, press and send. */
export const BUYER_ROUTES: readonly Routes[] = [
  homeRoutes,
  shelfRoutes,
  productRoutes,
  basketRoutes,
  orderRoutes,
  walletRoutes,
  receiptRoutes,
  linkRoutes,
  helpRoutes,
  supportRoutes,
  ticketRoutes,
  complaintRoutes,
  unitRoutes,
]
