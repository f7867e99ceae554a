import { startsOf } from '../../../core/sources/policy.ts'
import type { CommandHandler, Context, Reply, Routes } from '../context.ts'
import { home } from './home.ts'
import { productPage } from './product.ts'

/** Somebody comes by a link: to a product (`p_SKU`), from a source (`src_NAME`), or both (`p_SKU_src_NAME`). */
async function arrive(context: Context, payload: string): Promise<Reply> {
  const { shop, customer, language } = context
  const readings = startsOf(payload)
  for (const { sku, source } of readings) {
    // Read to the end it may be no product, and the name of one with a source behind it.
    const isDoubtful = source === undefined && sku !== undefined && readings.length > 1
    if (isDoubtful && !(await shop.catalog.product(sku, language))) continue
    if (source !== undefined) await shop.sources.touch(customer, source)
    return sku === undefined ? home(context) : productPage(context, sku)
  }
  return home(context)
}

const by =
  (kind: string): CommandHandler =>
  (context, rest) =>
    arrive(context, `${kind}_${rest}`)

export const arrivalRoutes: Routes = { links: { p: by('p'), src: by('src') } }
