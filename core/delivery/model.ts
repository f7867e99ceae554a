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
