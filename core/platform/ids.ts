import { randomInt } from 'node:crypto'

/** 32 symbols that are not mistaken for one another when read aloud or typed: no I, O, 0 or 1. */
const SYMBOLS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

/** `length` random symbols: 5 bits each. */
export function randomCode(length: number): string {
  return Array.from({ length }, () => SYMBOLS.charAt(randomInt(SYMBOLS.length))).join('')
}

/** A new order number: 8 symbols, 40 bits. Show it with {@link spoken}. */
export const newOrderNo = (): string => randomCode(8)

/** `K7MQ-4XD2`: a code in groups of four. */
export const spoken = (code: string): string => code.replace(/.{4}(?=.)/g, '$&-')

/** The order number someone typed or read aloud: case, spaces and dashes do not matter. Undefined when it cannot be one. */
export function parseOrderNo(text: string): string | undefined {
  const no = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\-–—#]/g, '')
  return /^[2-9A-HJ-NP-Z]{8}$/.test(no) ? no : undefined
}
