/** Something in the log that is not as it was sealed. */
export type Finding =
  /** a column is not what it was; its place in the log included */
  | { readonly kind: 'row_changed'; readonly id: string; readonly subject: string; readonly seal: string }
  | { readonly kind: 'row_deleted'; readonly id: string; readonly seal: string }
  /** it stands among sealed rows and was not there when they were sealed */
  | { readonly kind: 'row_inserted'; readonly id: string; readonly subject: string; readonly seal: string }
  /** its transaction is one that the server has not come to */
  | { readonly kind: 'row_beyond'; readonly id: string; readonly subject: string }
  /** a column is not what it was: one that is signed, or one that follows from what is */
  | { readonly kind: 'seal_altered'; readonly seal: string; readonly what: 'header' | 'leaves' | 'nodes' }
  /** these seals are gone, and so nothing is known of so many rows */
  | { readonly kind: 'seals_missing'; readonly from: string; readonly to: string; readonly rows: number }
  /** signed, but not as what follows the seal before it */
  | { readonly kind: 'chain_broken'; readonly seal: string }
  /** signed by a key that neither the data folder nor a posted root knows */
  | { readonly kind: 'key_unknown'; readonly key: string; readonly seal: string }
  /** posted, and the log ends before it */
  | { readonly kind: 'cut_off'; readonly seal: string; readonly last: string; readonly at: string }
  /** posted with another hash than it has now */
  | { readonly kind: 'rewritten'; readonly seal: string; readonly at: string }
  /** the root that was asked for is that of no seal */
  | { readonly kind: 'root_unknown'; readonly hash: string }
  | { readonly kind: 'root_unreadable'; readonly line: number }
  /** rows that should have been sealed long ago */
  | { readonly kind: 'unsealed'; readonly rows: number; readonly seconds: number }
  /** the receipt contradicts itself, or the log: the entry it is about */
  | { readonly kind: 'receipt_invalid'; readonly id: string; readonly seal: string }

/** So many are named; of the rest only the number is told. */
const MOST = 1000

/** Gathers findings. A row that was moved to another place is named once, as changed. */
export class Findings {
  private readonly found: Finding[] = []
  private count = 0

  add(finding: Finding): void {
    this.count += 1
    if (this.found.length < MOST) this.found.push(finding)
  }

  all(): { readonly findings: readonly Finding[]; readonly more: number } {
    const changed = new Set(this.found.flatMap((one) => (one.kind === 'row_changed' ? [one.id] : [])))
    const findings = this.found.filter((one) => one.kind !== 'row_inserted' || !changed.has(one.id))
    return { findings, more: this.count - this.found.length }
  }
}
