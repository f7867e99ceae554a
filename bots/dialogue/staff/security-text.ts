import { formatMoney } from '../../../core/platform/money.ts'
import type { SecurityChange } from '../../../core/security/model.ts'
import type { Texts } from '../locales/texts.ts'

/** From how much on an act needs a second person, in words. */
function limitText(t: Texts, language: string, limits: Readonly<Record<string, number>>): string {
  const each = Object.entries(limits).map(([currency, amount]) =>
    amount === 0 ? t.staff.alwaysIn(currency) : t.staff.from(formatMoney(amount, currency, language)),
  )
  return each.length === 0 ? t.staff.never : each.join(t.buyer.comma)
}

/** Settings of the shop's security, or a change of some of them, a line each. */
export function changeText(t: Texts, language: string, change: SecurityChange): string[] {
  const { secondFactor, idleLock, refund, wallet, export: keys, rotation } = change
  const out: string[] = []
  if (secondFactor) out.push(t.staff.securityFactor(secondFactor === 'required'))
  if (idleLock !== undefined) out.push(t.staff.securityIdle(idleLock))
  if (refund) out.push(t.staff.securityRefund(limitText(t, language, refund)))
  if (wallet) out.push(t.staff.securityWallet(limitText(t, language, wallet)))
  if (keys !== undefined) out.push(t.staff.securityExport(keys === null ? t.staff.never : t.staff.fromKeys(keys)))
  if (rotation !== undefined) out.push(t.staff.securityRotation(rotation))
  return out
}
