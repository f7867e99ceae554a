import type { Language } from '../customers/model.ts'
import type { Database } from '../platform/database/database.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import { type CategoryEntry, FEW, type Listing, type Product, type ProductKind, type ProductPage } from './model.ts'
import { type Change, levelOf } from './policy.ts'

interface Row {
  id: number
  sku: string
  kind: ProductKind
  name: string
  category: string | null
  price: number
  currency: string
  stars: number | null
  demo: boolean
  on_shelf: boolean
  limit: number
  format: string
  counted: number
}

interface PageRow extends Row {
  description: string | null
  redeem: string | null
  validity: string | null
  support: string | null
  picture_url: string | null
  picture_mime: string | null
  picture_bytes: Buffer | null
  picture_sha256: string | null
}

/** $1 language, $2 now in seconds since 1970. Stock is counted no further than the levels need. */
const COLUMNS = `p.id, p.sku, p.kind, coalesce(nullif(l.name, ''), d.name, p.sku) AS name, c.name AS category, p.price, p.currency, p.stars, p.demo,
  p.on_shelf, p."limit", p.format,
  (SELECT count(*)::int FROM (SELECT FROM stock s WHERE s.product_id = p.id AND s.rank > $2 LIMIT ${FEW + 1}) AS few) AS counted`
const FROM = `FROM product p LEFT JOIN category c ON c.id = p.category_id
  LEFT JOIN product_text d ON d.product_id = p.id AND d.language = '' LEFT JOIN product_text l ON l.product_id = p.id AND l.language = $1`
const MATCH = `WHERE (p.on_shelf AND ($6 OR NOT p.demo) OR $3) AND ($4::int IS NULL OR p.category_id = $4)
  AND ($5::text IS NULL OR p.sku ILIKE $5 OR EXISTS (SELECT FROM product_text t WHERE t.product_id = p.id AND (t.name ILIKE $5 OR t.description ILIKE $5))
       OR c.name ILIKE $5)`

const LIST = statement(
  'product-list',
  `SELECT ${COLUMNS} ${FROM} ${MATCH} ORDER BY c.rank NULLS LAST, c.name NULLS LAST, p.id LIMIT $7 OFFSET $8`,
)
const COUNT = statement('product-count', `SELECT count(*)::int AS total, $1::text, $2::bigint ${FROM} ${MATCH}`)
const PAGE = statement(
  'product-page',
  `SELECT ${COLUMNS}, ${['description', 'redeem', 'validity', 'support'].map((f) => `coalesce(nullif(l.${f}, ''), d.${f}) AS ${f}`).join(', ')},
     p.picture_url, i.mime AS picture_mime, i.bytes AS picture_bytes, i.sha256 AS picture_sha256
   ${FROM} LEFT JOIN picture i ON i.product_id = p.id WHERE p.sku = $3`,
)
const CATEGORIES = statement(
  'category-list',
  `SELECT c.id, c.name, count(*)::int AS products FROM category c JOIN product p ON p.category_id = c.id WHERE p.on_shelf AND ($1 OR NOT p.demo) GROUP BY c.id ORDER BY c.rank, c.name`,
)
const CREATE = statement(
  'product-create',
  `WITH p AS (INSERT INTO product (sku, price, currency, stars, demo) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (sku) DO NOTHING RETURNING id)
   INSERT INTO product_text (product_id, language, name) SELECT p.id, '', $6 FROM p RETURNING product_id`,
)
const CATEGORY = statement(
  'category-assign',
  `WITH c AS (INSERT INTO category (name) VALUES ($2) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id)
   UPDATE product SET category_id = (SELECT id FROM c), updated_at = $3 WHERE id = $1`,
)
const NO_CATEGORY = statement('category-remove', `UPDATE product SET category_id = NULL, updated_at = $2 WHERE id = $1`)
const PICTURE = statement(
  'picture-set',
  `INSERT INTO picture (product_id, mime, bytes, sha256, updated_at) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (product_id) DO UPDATE SET mime = excluded.mime, bytes = excluded.bytes, sha256 = excluded.sha256, updated_at = excluded.updated_at`,
)

const productOf = (row: Row): Product => ({
  id: row.id,
  sku: row.sku,
  kind: row.kind,
  name: row.name,
  category: row.category ?? undefined,
  price: row.price,
  currency: row.currency,
  stars: row.stars ?? undefined,
  demo: row.demo,
  onShelf: row.on_shelf,
  limit: row.limit,
  format: row.format,
  level: levelOf(row.counted),
  counted: row.counted,
})

function pictureOf(row: PageRow): ProductPage['picture'] {
  if (row.picture_bytes && row.picture_mime && row.picture_sha256)
    return { id: row.picture_sha256, mime: row.picture_mime, bytes: row.picture_bytes }
  return row.picture_url ? { url: row.picture_url } : undefined
}

const epoch = (at: Date): number => Math.floor(at.getTime() / 1000)

/** `%` and `_` in what a buyer typed mean themselves. */
const pattern = (search: string): string => `%${search.replace(/[\\%_]/g, '\\$&')}%`

const matching = (listing: Listing, demo: boolean) => [
  listing.offShelf ?? false,
  listing.category ?? null,
  listing.search === undefined ? null : pattern(listing.search),
  demo,
]

export async function count(sql: Sql, listing: Listing, demo: boolean, now: Date): Promise<number> {
  const [row] = await sql.rows<{ total: number }>(COUNT, [listing.language, epoch(now), ...matching(listing, demo)])
  return row?.total ?? 0
}

export async function list(
  sql: Sql,
  listing: Listing,
  demo: boolean,
  now: Date,
  take: number,
  skip: number,
): Promise<Product[]> {
  return (await sql.rows<Row>(LIST, [listing.language, epoch(now), ...matching(listing, demo), take, skip])).map(
    productOf,
  )
}

export async function page(sql: Sql, sku: string, language: Language, now: Date): Promise<ProductPage | undefined> {
  const [row] = await sql.rows<PageRow>(PAGE, [language, epoch(now), sku])
  return (
    row && {
      ...productOf(row),
      description: row.description || undefined,
      redeem: row.redeem || undefined,
      validity: row.validity || undefined,
      support: row.support || undefined,
      picture: pictureOf(row),
    }
  )
}

export function categories(sql: Sql, demo: boolean): Promise<CategoryEntry[]> {
  return sql.rows<CategoryEntry>(CATEGORIES, [demo])
}

export async function create(
  sql: Sql,
  product: { sku: string; name: string; price: number; currency: string; stars: number | undefined; demo: boolean },
): Promise<boolean> {
  const rows = await sql.rows(CREATE, [
    product.sku,
    product.price,
    product.currency,
    product.stars ?? null,
    product.demo,
    product.name,
  ])
  return rows.length === 1
}

export async function write(sql: Sql, productId: number, change: Change, now: Date): Promise<void> {
  if (change.kind === 'category') {
    if (change.name === null) await sql.rows(NO_CATEGORY, [productId, now])
    else await sql.rows(CATEGORY, [productId, change.name, now])
  } else if (change.kind === 'text') {
    const set = statement(
      `product-text-${change.field}`,
      `INSERT INTO product_text (product_id, language, ${change.field}) VALUES ($1, $2, $3)
       ON CONFLICT (product_id, language) DO UPDATE SET ${change.field} = excluded.${change.field}`,
    )
    await sql.rows(set, [productId, change.language, change.value])
  } else {
    await sql.rows(
      statement(
        `product-${change.column}`,
        `UPDATE product SET "${change.column}" = $2, updated_at = $3 WHERE id = $1`,
      ),
      [productId, change.value, now],
    )
  }
}

export async function setPicture(
  sql: Sql,
  productId: number,
  picture: { mime: string; bytes: Buffer; sha256: string },
  now: Date,
): Promise<void> {
  await sql.rows(PICTURE, [productId, picture.mime, picture.bytes, picture.sha256, now])
}

export async function dropPicture(db: Database, productId: number): Promise<void> {
  await db.prisma.picture.deleteMany({ where: { productId } })
}

export async function total(db: Database): Promise<number> {
  return db.prisma.product.count()
}
