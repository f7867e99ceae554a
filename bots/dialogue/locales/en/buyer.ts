import { accountProblems, accounts } from './buyer/accounts.ts'
import { aftersale } from './buyer/aftersale.ts'
import { appeals } from './buyer/appeals.ts'
import { basket } from './buyer/basket.ts'
import { challenges } from './buyer/challenges.ts'
import { everywhere } from './buyer/everywhere.ts'
import { home } from './buyer/home.ts'
import { keys } from './buyer/keys.ts'
import { link } from './buyer/link.ts'
import { news } from './buyer/news.ts'
import { notices } from './buyer/notices.ts'
import { orders } from './buyer/orders.ts'
import { outages } from './buyer/outages.ts'
import { pay } from './buyer/pay.ts'
import { privacy } from './buyer/privacy.ts'
import { problems } from './buyer/problems.ts'
import { products } from './buyer/products.ts'
import { rating } from './buyer/rating.ts'
import { receipts } from './buyer/receipts.ts'
import { refused } from './buyer/refused.ts'
import { support } from './buyer/support.ts'
import { wallet } from './buyer/wallet.ts'

export const buyer = {
  ...everywhere,
  ...home,
  ...products,
  ...basket,
  ...refused,
  ...challenges,
  ...appeals,
  ...orders,
  ...wallet,
  ...pay,
  ...keys,
  ...receipts,
  ...link,
  ...notices,
  ...outages,
  ...support,
  ...rating,
  ...news,
  ...privacy,
  ...aftersale,
  ...accounts,
  problems: { ...problems, ...accountProblems },
}
