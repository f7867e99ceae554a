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

/** Names a key: its text, its place in an order (`K7MQ4XD2`, unit 3 counted from 1 across the order's lines), or its id. */
export type KeyName =
  | { readonly text: string }
  | { readonly orderNo: string; readonly unit: number }
  | { readonly cardId: bigint }
