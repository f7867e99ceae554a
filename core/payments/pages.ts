import { createHmac, timingSafeEqual } from 'node:crypto'
import { parseOrderNo } from '../platform/ids.ts'
import type { SealingKeyring } from '../vault/keyring.ts'

/**
 * Whoever has an order's token may open the page on which it is paid, and do nothing else with the order. It is made of the
 * order's number, so that it is kept nowhere and every process knows it; it is worth nothing once the order can no longer be paid.
 */
export interface PayPages {
  tokenOf(orderNo: string): string
  /** The order of a token; undefined for one that we did not make. */
  orderOf(token: string): string | undefined
  /** Puts a mark of ours on something a browser keeps for us for one page. */
  mark(token: string, kept: string): string
  /** Whether this mark stands for this, on that page. */
  isMarked(token: string, kept: string, mark: string): boolean
}

/** 132 bits. */
const MAC_LENGTH = 22
const ORDER_LENGTH = 8

export function createPayPages(keyring: SealingKeyring): PayPages {
  const key = createHmac('sha256', keyring.fingerprintKey).update('keytill payment page v1').digest()
  const mac = (...parts: readonly string[]): string =>
    createHmac('sha256', key).update(parts.join('\0')).digest('base64url').slice(0, MAC_LENGTH)
  const isSame = (one: string, other: string): boolean =>
    one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
  return {
    tokenOf: (orderNo) => `${orderNo}${mac('page', orderNo)}`,
    orderOf(token) {
      if (!/^[\w-]{30}$/.test(token)) return undefined
      const orderNo = token.slice(0, ORDER_LENGTH)
      if (parseOrderNo(orderNo) !== orderNo) return undefined
      return isSame(mac('page', orderNo), token.slice(ORDER_LENGTH)) ? orderNo : undefined
    },
    mark: (token, kept) => mac('kept', token, kept),
    isMarked: (token, kept, mark) => isSame(mac('kept', token, kept), mark),
  }
}
