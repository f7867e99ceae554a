import type { Malformed } from './rows.ts'

/** What an import found, or would find. Only the first lines of each fault are named. */
export interface ImportReport {
  readonly added: number
  readonly duplicates: number
  readonly malformed: number
  readonly duplicateLines: readonly number[]
  readonly malformedLines: readonly { readonly line: number; readonly problem: Malformed }[]
}

/** Where keys came from: `paste`, `file`, `shell`, `demo`. */
export type ImportSource = 'paste' | 'file' | 'shell' | 'demo'

export type KeyState =
  | 'available'
  | 'reserved'
  | 'sold'
  | 'frozen'
  | 'void'
  | 'used'
  | 'returned'
  | 'replaced'
  | 'expired'
  | 'exported'

/** A key as staff may see it: never its text. */
export interface KeyFacts {
  readonly cardId: bigint
  readonly productId: number
  readonly sku: string
  readonly batchId: number
  readonly importedAt: Date
  readonly expiresAt: Date | undefined
  readonly state: KeyState
  /** the order it is in */
  readonly orderNo: string | undefined
  readonly reason: string | undefined
}

/** How many keys of a product are in which state. */
export interface StockLevel {
  readonly sku: string
  readonly name: string
  readonly available: number
  readonly reserved: number
  readonly sold: number
  readonly frozen: number
  /** expired, or expiring within 7 days, among the available */
  readonly expired: number
  readonly expiring: number
}

/** Where keys are taken out of: all of a product's, or those of one import. */
export type ExportScope = { readonly sku: string } | { readonly batchId: number }

/** What can be taken out of there now. */
export interface Exportable {
  readonly sku: string
  readonly batchId: number | undefined
  readonly available: number
}

/** Keys that left the shop: never their text. */
export interface KeyExport {
  readonly id: number
  readonly sku: string
  readonly batchId: number | undefined
  readonly keys: number
  readonly reason: string
  /** a pseudonym, and the name behind it */
  readonly by: string
  readonly byName: string | undefined
  readonly at: Date
  /** when who asked had got the file */
  readonly sentAt: Date | undefined
}

/** Names a key: its text, its place in an order (`K7MQ4XD2`, unit 3 counted from 1 across the order's lines), or its id. */
export type KeyName =
  | { readonly text: string }
  | { readonly orderNo: string; readonly unit: number }
  | { readonly cardId: bigint }
