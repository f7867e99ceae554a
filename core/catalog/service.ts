import { createHash } from 'node:crypto'
import { recordAudit } from '../audit/service.ts'
import type { Language } from '../customers/model.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { KeytillError } from '../platform/errors.ts'
import { type Page, pageOf } from '../platform/page.ts'
import { type CategoryEntry, type Listing, type Product, type ProductPage, skuSchema, TEXT_FIELDS } from './model.ts'
import { changeOf, imageType } from './policy.ts'
import * as store from './store.ts'

export interface NewProduct {
  readonly sku: string
  readonly name: string
  /** minor units of the shop's currency */
  readonly price: number
  readonly stars?: number
  readonly demo?: boolean
}

export interface Catalog {
  categories(): Promise<readonly CategoryEntry[]>
  list(listing: Listing): Promise<Page<Product>>
  /** A product by SKU, on the shelf or not. */
  product(sku: string, language: Language): Promise<ProductPage | undefined>
  /** @throws KeytillError `product.sku` when it cannot be one, `product.exists`, `product.value` */
  add(actor: string, product: NewProduct): Promise<void>
  /** @throws KeytillError `product.unknown`, `product.field`, `product.value`, `money.malformed` */
  set(actor: string, sku: string, field: string, value: string): Promise<void>
  /** @throws KeytillError `product.unknown`, `product.picture` when it is not a JPEG, PNG or WebP of at most 5 MB */
  setPicture(actor: string, sku: string, bytes: Buffer): Promise<void>
  isEmpty(): Promise<boolean>
}

export const MOST_PICTURE_BYTES = 5 * 1024 * 1024

/** `demo`: demo products are for sale, because their pretend payment is offered; otherwise only staff see them. */
export function createCatalog(db: Database, clock: Clock, currency: string, demo: boolean): Catalog {
  async function known(sku: string): Promise<ProductPage> {
    const product = await store.page(db, sku.trim().toUpperCase(), 'en', clock())
    if (!product) throw new KeytillError('product.unknown', `There is no product ${sku.slice(0, 24)}.`)
    return product
  }

  return {
    categories: () => store.categories(db, demo),
    async list(listing) {
      const total = await store.count(db, listing, demo, clock())
      const { page, pages, skip, take } = pageOf(total, listing.size, listing.page)
      return { items: await store.list(db, listing, demo, clock(), take, skip), page, pages, total }
    },
    product: (sku, language) => store.page(db, sku.trim().toUpperCase(), language, clock()),
    async add(actor, product) {
      const sku = skuSchema.safeParse(product.sku)
      if (!sku.success) throw new KeytillError('product.sku', sku.error.issues[0]?.message ?? 'not a SKU')
      const name = TEXT_FIELDS.name.safeParse(product.name)
      if (!name.success) throw new KeytillError('product.value', 'a name of 1 to 80 characters')
      const row = {
        sku: sku.data,
        name: name.data,
        price: product.price,
        currency,
        stars: product.stars,
        demo: product.demo ?? false,
      }
      await db.transaction(async (sql) => {
        if (!(await store.create(sql, row)))
          throw new KeytillError('product.exists', `There is already a product ${sku.data}.`)
        await recordAudit(sql, clock(), {
          actor,
          action: 'product.added',
          subject: `product:${sku.data}`,
          data: { price: row.price, currency, stars: row.stars ?? null },
        })
      })
    },
    async set(actor, sku, field, value) {
      const product = await known(sku)
      const change = changeOf(field, value, product.currency)
      await db.transaction(async (sql) => {
        await store.write(sql, product.id, change, clock())
        await recordAudit(sql, clock(), {
          actor,
          action: 'product.set',
          subject: `product:${product.sku}`,
          data: { field, value: value.slice(0, 200) },
        })
      })
      if (field === 'picture') await store.dropPicture(db, product.id)
    },
    async setPicture(actor, sku, bytes) {
      const product = await known(sku)
      const mime = bytes.length <= MOST_PICTURE_BYTES ? imageType(bytes) : undefined
      if (!mime) throw new KeytillError('product.picture', 'A picture is a JPEG, PNG or WebP of at most 5 MB.')
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      await db.transaction(async (sql) => {
        await store.setPicture(sql, product.id, { mime, bytes, sha256 }, clock())
        await recordAudit(sql, clock(), {
          actor,
          action: 'product.set',
          subject: `product:${product.sku}`,
          data: { field: 'picture', sha256 },
        })
      })
    },
    isEmpty: async () => (await store.total(db)) === 0,
  }
}
