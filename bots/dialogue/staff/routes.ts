import { orderRoutes as buyerOrderRoutes } from '../buyer/order.ts'
import { privacyRoutes as buyerPrivacyRoutes } from '../buyer/privacy.ts'
import { ticketRoutes as buyerTicketRoutes } from '../buyer/tickets.ts'
import { walletRoutes as buyerWalletRoutes } from '../buyer/wallet.ts'
import type { Routes } from '../context.ts'
import { answerRoutes } from './answers.ts'
import { approvalRoutes } from './approvals.ts'
import { batchRoutes } from './batches.ts'
import { blockRoutes } from './blocks.ts'
import { booksRoutes } from './books.ts'
import { broadcastDraftRoutes } from './broadcast-draft.ts'
import { broadcastRoutes } from './broadcasts.ts'
import { buyerPageRoutes } from './buyer-page.ts'
import { claimRoutes } from './claims.ts'
import { complaintRoutes } from './complaints.ts'
import { exportRoutes } from './exports.ts'
import { feedbackRoutes } from './feedback.ts'
import { guarded } from './guard.ts'
import { importRoutes } from './import.ts'
import { invitationRoutes } from './invitations.ts'
import { jobRoutes } from './jobs.ts'
import { keyRoutes } from './keys.ts'
import { menuRoutes } from './menu.ts'
import { orderRoutes } from './orders.ts'
import { paymentRoutes } from './payment.ts'
import { privacyRoutes } from './privacy.ts'
import { productAddRoutes } from './product-add.ts'
import { productFieldRoutes } from './product-fields.ts'
import { productRoutes } from './products.ts'
import { quotaRoutes } from './quotas.ts'
import { refusedRoutes } from './refused.ts'
import { reviewRoutes } from './review.ts'
import { riskRoutes } from './risk.ts'
import { roleRoutes } from './roles.ts'
import { secondFactorRoutes } from './second-factor.ts'
import { securityRoutes } from './security.ts'
import { shopRoutes } from './shop.ts'
import { sourceRoutes } from './sources.ts'
import { stockRoutes } from './stock.ts'
import { teamRoutes } from './team.ts'
import { ticketAssignRoutes } from './ticket-assign.ts'
import { ticketRoutes } from './tickets.ts'
import { trustRoutes } from './trust.ts'
import { walletRoutes } from './wallet.ts'

/** What staff may say, press and send, each behind the permission table. Anyone else never gets as far as here. */
export const STAFF_ROUTES: readonly Routes[] = [
  menuRoutes,
  productRoutes,
  productAddRoutes,
  productFieldRoutes,
  importRoutes,
  stockRoutes,
  keyRoutes,
  orderRoutes,
  reviewRoutes,
  refusedRoutes,
  paymentRoutes,
  shopRoutes,
  riskRoutes,
  quotaRoutes,
  trustRoutes,
  walletRoutes,
  ticketRoutes,
  ticketAssignRoutes,
  buyerPageRoutes,
  blockRoutes,
  answerRoutes,
  complaintRoutes,
  batchRoutes,
  claimRoutes,
  exportRoutes,
  feedbackRoutes,
  broadcastRoutes,
  broadcastDraftRoutes,
  sourceRoutes,
  privacyRoutes,
  booksRoutes,
  jobRoutes,
  teamRoutes,
  securityRoutes,
  secondFactorRoutes,
  approvalRoutes,
  invitationRoutes,
  roleRoutes,
].map((routes) =>
  guarded(routes, {
    ...buyerOrderRoutes.commands,
    ...buyerWalletRoutes.commands,
    ...buyerPrivacyRoutes.commands,
    ...buyerTicketRoutes.commands,
  }),
)
