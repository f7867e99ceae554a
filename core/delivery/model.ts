import type { Order } from '../orders/model.ts'
import type { KeyPlaintext } from '../vault/sealing.ts'

/** A key of an order, in plain text: it lives only until it has been sent. */
export interface OpenedKey {
  readonly unitId: bigint
  readonly lineId: bigint
  readonly key: KeyPlaintext
}

/** A key as it is shown before its buyer asks for it. */
export interface MaskedKey {
  readonly lineId: bigint
  readonly masked: string
}

/** The same of any unit that its buyer has or had. */
export interface MaskedUnit {
  readonly unitId: bigint
  readonly masked: string
}

export type LinkState = 'unopened' | 'opened' | 'revoked' | 'expired'

/** What is kept of a one-time link; its token is not. */
export interface LinkRecord {
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly revokedAt: Date | undefined
  readonly openedAt: Date | undefined
  /** SHA-256 of the secret of the browser that opened it */
  readonly openedBy: Buffer | undefined
}

/** An order's newest one-time link, as its buyer sees it. */
export interface OrderLink extends Pick<LinkRecord, 'createdAt' | 'expiresAt' | 'openedAt'> {
  readonly state: LinkState
}

/** What a browser that comes with a one-time link is told. Nothing of the order, unless it is the one that opened it. */
export type LinkView =
  | { readonly state: 'unknown' | 'revoked' | 'expired' }
  /** its order was refunded, or all of its keys are frozen or voided */
  | { readonly state: 'withheld' }
  | { readonly state: 'unopened'; readonly expiresAt: Date }
  | { readonly state: 'opened'; readonly openedAt: Date }
  | {
      readonly state: 'shown'
      readonly openedAt: Date
      /** until then this browser may look again */
      readonly until: Date
      readonly order: Order
      readonly keys: readonly OpenedKey[]
    }
