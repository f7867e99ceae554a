import { basketRoutes } from './buyer/basket.ts'
import { helpRoutes } from './buyer/help.ts'
import { homeRoutes } from './buyer/home.ts'
import { linkRoutes } from './buyer/link.ts'
import { newsRoutes } from './buyer/news.ts'
import { orderRoutes } from './buyer/order.ts'
import { privacyRoutes } from './buyer/privacy.ts'
import { productRoutes } from './buyer/product.ts'
import { ratingRoutes } from './buyer/rating.ts'
import { receiptRoutes } from './buyer/receipt.ts'
import { shelfRoutes } from './buyer/shelf.ts'
import { supportRoutes } from './buyer/support.ts'
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
  ratingRoutes,
  newsRoutes,
  privacyRoutes,
  helpRoutes,
  supportRoutes,
]
