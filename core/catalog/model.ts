import { z } from 'zod'
import type { Language } from '../customers/model.ts'

export type ProductKind = 'card_key' | 'top_up' | 'voucher' | 'loop_code' | 'manual' | 'bundle'

/** How much there is, as a buyer is told it. */
export type Level = 'plenty' | 'few' | 'none'

/** Up to so many is `few`. */
export const FEW = 10

export interface Product {
  readonly id: number
  readonly sku: string
  readonly kind: ProductKind
  readonly name: string
  readonly category: string | undefined
  /** minor units */
  readonly price: number
  readonly currency: string
  /** price in Telegram Stars */
  readonly stars: number | undefined
  readonly demo: boolean
  readonly onShelf: boolean
  readonly limit: number
  readonly format: string
  readonly level: Level
  /** how many there are, counted no further than one past `FEW` */
  readonly counted: number
}

/** A product with the texts of one language (each falling back to the one for all). */
export interface ProductPage extends Product {
  readonly description: string | undefined
  readonly redeem: string | undefined
  readonly validity: string | undefined
  readonly support: string | undefined
  readonly picture: ProductPicture | undefined
}

export type ProductPicture =
  | { readonly url: string }
  | { readonly id: string; readonly mime: string; readonly bytes: Uint8Array }

export interface CategoryEntry {
  readonly id: number
  readonly name: string
  readonly products: number
}

/** Which products a list shows: one category, a search, or everything on the shelf. */
export interface Listing {
  readonly language: Language
  readonly page: number
  readonly size: number
  readonly category?: number
  readonly search?: string
  /** also those taken off the shelf (staff) */
  readonly offShelf?: boolean
}

/** A SKU is typed in commands and travels in buttons: short, and safe in both. */
export const skuSchema = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z0-9][A-Z0-9_-]{0,23}$/, '1–24 of A–Z, 0–9, - and _, beginning with a letter or digit')

const text = (length: number) => z.string().trim().max(length)

/** The texts of a product, each of which may be given for one language with `.zh` or `.en`. */
export const TEXT_FIELDS = {
  name: text(80).min(1),
  description: text(1500),
  redeem: text(1500),
  validity: text(300),
  support: text(500),
} as const
export type TextField = keyof typeof TEXT_FIELDS

/** Every field that `/product set` knows. */
export const PRODUCT_FIELDS = [
  ...Object.keys(TEXT_FIELDS),
  'price',
  'stars',
  'category',
  'picture',
  'format',
  'limit',
  'shelf',
  'demo',
] as const

/** The most units one order may ever ask of one product. */
export const MOST_UNITS = 1000
