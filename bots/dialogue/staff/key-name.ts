import type { KeyFacts, KeyName } from '../../../core/inventory/model.ts'
import { parseOrderNo } from '../../../core/platform/ids.ts'
import type { Shop } from '../../../core/shop.ts'

/** What a member of staff wrote to name a key, and what they wrote after it. */
interface Named {
  readonly name: KeyName
  readonly reason: string | undefined
}

/** Reads `K7MQ-4XD2 3`, perhaps with a reason behind it; anything else is the key itself. */
export function readKeyName(text: string): Named {
  const typed = text.trim()
  const [, first = '', unit, reason] = /^(\S+)[\s#]+([0-9]{1,4})(?:\s+([\s\S]+))?$/.exec(typed) ?? []
  const orderNo = parseOrderNo(first)
  if (orderNo !== undefined && Number(unit) >= 1)
    return { name: { orderNo, unit: Number(unit) }, reason: reason?.trim().slice(0, 200) || undefined }
  return { name: { text: typed }, reason: undefined }
}

/** The key that was named. A whole line as it was imported names its key too. `byText`: it was the key itself that was written. */
export async function findKey(
  shop: Shop,
  text: string,
): Promise<{ readonly key: KeyFacts | undefined; readonly reason: string | undefined; readonly byText: boolean }> {
  const { name, reason } = readKeyName(text)
  if (!('text' in name)) {
    const key = await shop.inventory.find(name)
    if (key) return { key, reason, byText: false }
  }
  const typed = text.trim()
  const firstCell = typed.split(/\t|----|,/, 1)[0]?.trim() ?? ''
  for (const candidate of new Set([typed, firstCell])) {
    const key = candidate === '' ? undefined : await shop.inventory.find({ text: candidate })
    if (key) return { key, reason: undefined, byText: true }
  }
  return { key: undefined, reason: undefined, byText: 'text' in name }
}

/**
 * Whether a text may be a key, or hold one: a word of 8 characters or more with a digit in it. It takes many an innocent
 * word for one, so it only decides what is not repeated in a chat.
 */
export const looksLikeKey = (text: string): boolean =>
  text.split(/\s+/).some((word) => word.length >= 8 && /\p{N}/u.test(word))
