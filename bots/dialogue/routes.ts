import { accountRoutes } from './buyer/accounts.ts'
import { appealRoutes } from './buyer/appeal.ts'
import { arrivalRoutes } from './buyer/arrival.ts'
import { basketRoutes, basketScreen, order } from './buyer/basket.ts'
import { challengeRoutes } from './buyer/challenge.ts'
import { complaintRoutes } from './buyer/complaint.ts'
import { helpRoutes, ownRoutes } from './buyer/help.ts'
import { homeRoutes } from './buyer/home.ts'
import { joinRoutes } from './buyer/join.ts'
import { linkRoutes } from './buyer/link.ts'
import { newsRoutes } from './buyer/news.ts'
import { orderRoutes } from './buyer/order.ts'
import { payRoutes } from './buyer/pay.ts'
import { privacyRoutes } from './buyer/privacy.ts'
import { productRoutes } from './buyer/product.ts'
import { ratingRoutes } from './buyer/rating.ts'
import { receiptRoutes } from './buyer/receipt.ts'
import { shelfRoutes } from './buyer/shelf.ts'
import { supportRoutes } from './buyer/support.ts'
import { ticketRoutes } from './buyer/tickets.ts'
import { unitRoutes } from './buyer/units.ts'
import { walletRoutes } from './buyer/wallet.ts'
import type { CommandHandler, Context, Routes } from './context.ts'
import { deskRoutes } from './staff/desk.ts'
import { instead, toBuyers, toStaff } from './staff/elsewhere.ts'
import { STAFF_ROUTES } from './staff/routes.ts'

/** What anyone may say and press, wherever they are: also someone who is not staff where only staff are served. */
const DOOR_ROUTES: readonly Routes[] = [homeRoutes, joinRoutes]

/** What anyone may say, press and send. */
const BUYER_ROUTES: readonly Routes[] = [
  ...DOOR_ROUTES,
  ownRoutes,
  arrivalRoutes,
  shelfRoutes,
  productRoutes,
  basketRoutes,
  challengeRoutes({ order, basket: (context) => basketScreen(context) }),
  orderRoutes,
  walletRoutes,
  payRoutes,
  receiptRoutes,
  linkRoutes,
  accountRoutes,
  ratingRoutes,
  newsRoutes,
  privacyRoutes,
  helpRoutes,
  supportRoutes,
  appealRoutes,
  ticketRoutes,
  complaintRoutes,
  unitRoutes,
]

const EVERYTHING: readonly Routes[] = [...STAFF_ROUTES, ...BUYER_ROUTES]

/** Staff where only staff are served. */
const AT_DESK: readonly Routes[] = [
  deskRoutes,
  ...STAFF_ROUTES,
  ...DOOR_ROUTES,
  ownRoutes,
  ...BUYER_ROUTES.map((routes) => instead(routes, toBuyers)),
]

/** A command that both know: the buyer's answer, and the way to the staff's if there is something behind the command. */
const shared = (buyer: CommandHandler): CommandHandler => {
  return async (context, argument) => {
    const reply = await buyer(context, argument)
    if (argument === '') return reply
    return { ...reply, show: [...(reply.show ?? []), ...(toStaff(context).show ?? [])] }
  }
}

const staffCommands = new Set(STAFF_ROUTES.flatMap(({ commands = {} }) => Object.keys(commands)))
const sharedCommands = BUYER_ROUTES.flatMap(({ commands = {} }) =>
  Object.entries(commands).flatMap(([name, handler]) => (staffCommands.has(name) ? [[name, shared(handler)]] : [])),
)

/** Staff where only buyers are served. */
const AT_SHOP: readonly Routes[] = [
  { commands: Object.fromEntries(sharedCommands) },
  ...BUYER_ROUTES,
  ...STAFF_ROUTES.map((routes) => instead(routes, toStaff)),
]

/** What this person may say, press and send here; what comes first counts. Staff routes exist for staff alone. */
export function routesOf({ customer, side }: Context): readonly Routes[] {
  if (customer.role === undefined) return side?.serves === 'staff' ? DOOR_ROUTES : BUYER_ROUTES
  if (!side) return EVERYTHING
  return side.serves === 'staff' ? AT_DESK : AT_SHOP
}
