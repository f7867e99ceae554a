/** What happened to what, by whom. `data` holds ids, amounts and reasons: never a key, a name or a chat account. */
export interface AuditEntry {
  /** a customer's pseudonym, `system` or `operator` */
  readonly actor: string
  /** what was done, as `order.placed` */
  readonly action: string
  /** to what, as `order:K7MQ4XD2` */
  readonly subject: string
  readonly data?: Readonly<Record<string, unknown>>
}

/**
 * An entry as it is sealed: every column as text. `at` is in ms since 1970; `data` is jsonb as PostgreSQL writes it, which
 * is the same text for the same value: keys sorted, duplicates gone, one way to space and escape.
 */
export interface SealedEntry {
  readonly id: string
  readonly xact: string
  readonly at: string
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly data: string
}

/** What a seal says and signs, all of it as text: numbers in decimal, hashes and the key in hex, `at` in ms since 1970. */
export interface SealHeader {
  /** 1, 2, 3 … */
  readonly number: string
  readonly epoch: string
  /** the epoch's entries have greater ids */
  readonly after: string
  /** the sealed entries are those of the epoch with `low <= xact < high` */
  readonly low: string
  readonly high: string
  /** the greatest id sealed so far */
  readonly last: string
  readonly size: string
  /** RFC 6962 root over the entries in the order of (xact, id) */
  readonly root: string
  /** hash of the seal before; empty in the first */
  readonly previous: string
  /** RFC 6962 root over the hashes of all seals before */
  readonly history: string
  readonly at: string
  /** Ed25519, raw */
  readonly key: string
}

/** One of an order's entries with the proof that it stands in a seal, and that the seal stands in a posted history. */
export interface ReceiptEntry {
  readonly entry: SealedEntry
  /** its place in the seal */
  readonly index: number
  readonly path: readonly string[]
  readonly seal: SealHeader
  readonly signature: string
  /** the seal's path to the history of {@link Receipt.posted}; absent when it is that seal, or was made after it */
  readonly history?: readonly string[]
}

/** What a buyer keeps: that an order was placed and delivered, provable without the shop. Holds no key and no name. */
export interface Receipt {
  readonly format: 'keytill-receipt-1'
  readonly order: string
  readonly entries: readonly ReceiptEntry[]
  /** the newest seal whose hash was put where the database's owner cannot change it */
  readonly posted?: { readonly seal: SealHeader; readonly signature: string }
}

/** A seal's hash as it was posted outside the database. */
export interface PostedRoot {
  /** ISO 8601 */
  readonly at: string
  readonly seal: string
  readonly hash: string
  readonly key: string
}
