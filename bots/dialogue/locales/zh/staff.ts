import { aftersale } from './staff/aftersale.ts'
import { audit } from './staff/audit.ts'
import { blocks } from './staff/blocks.ts'
import { books } from './staff/books.ts'
import { broadcasts } from './staff/broadcasts.ts'
import { custody } from './staff/custody.ts'
import { desk } from './staff/desk.ts'
import { everywhere } from './staff/everywhere.ts'
import { feedback } from './staff/feedback.ts'
import { imports } from './staff/import.ts'
import { jobs } from './staff/jobs.ts'
import { keys } from './staff/keys.ts'
import { menu } from './staff/menu.ts'
import { notices } from './staff/notices.ts'
import { orders } from './staff/orders.ts'
import { outages } from './staff/outages.ts'
import { privacy } from './staff/privacy.ts'
import { problems } from './staff/problems.ts'
import { products } from './staff/products.ts'
import { quotas } from './staff/quotas.ts'
import { review } from './staff/review.ts'
import { risk } from './staff/risk.ts'
import { security } from './staff/security.ts'
import { shop } from './staff/shop.ts'
import { sources } from './staff/sources.ts'
import { stock } from './staff/stock.ts'
import { team } from './staff/team.ts'
import { tickets } from './staff/tickets.ts'

export const staff = {
  ...everywhere,
  ...menu,
  ...products,
  ...imports,
  ...stock,
  ...keys,
  ...orders,
  ...review,
  ...shop,
  ...risk,
  ...quotas,
  ...tickets,
  ...blocks,
  ...team,
  ...security,
  ...feedback,
  ...broadcasts,
  ...sources,
  ...privacy,
  ...aftersale,
  ...books,
  ...jobs,
  ...audit,
  ...custody,
  ...desk,
  ...notices,
  ...outages,
  problems,
}
