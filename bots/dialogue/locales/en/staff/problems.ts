import type { problems as Zh } from '../../zh/staff/problems.ts'
import { team } from './team.ts'

export const problems: typeof Zh = {
  'order.no_stock': () =>
    'There is no stock to deliver it from. Restock and approve again, or reject it with a refund.',
  'product.unknown': () => 'There is no product with this SKU.',
  'product.exists': () => 'There is already a product with this SKU. Choose another.',
  'product.sku': () => 'A SKU has letters, digits, - and _, begins with a letter or digit, and is up to 24 long.',
  'product.field': () =>
    'There is no such field. Fields: name, price, stars, category, description, picture, redeem, validity, support, format, limit, shelf, demo; texts also as name.zh, name.en.',
  'product.value': (detail) => `That does not fit: ${detail}.`,
  'product.picture': () => 'A picture is a JPEG, PNG or WebP of up to 5 MB.',
  'money.malformed': (detail) => detail,
  'import.gone': (detail) => detail,
  'import.binary': () => 'This file is not text. Save the sheet as .csv and send that.',
  'profile.field': () =>
    'There is no such field. Fields: name, welcome, terms (each also with .zh, .en), closed, reservation, promise, link, timezone, quiet, feedback.',
  'profile.value': (detail) => `That does not fit: ${detail}.`,
  'books.date': () => 'Name a day that has begun, for example /reconcile 2026-06-01.',
  'risk.rule': () => 'There is no such rule. Rules: hourly-orders, hourly-units.',
  'risk.limit': (detail) => detail,
  'quota.level': () => 'There is no such level. Levels: restricted, new, returning, trusted; for /trust also auto.',
  'quota.field': () =>
    'There is no such figure. Figures: openOrders, openUnits, productUnits, stockPercent, alwaysUnits; but for restricted also minPaid, maxExpired.',
  'quota.value': () => 'That number does not fit.',
  'staff.not_allowed': (detail) => detail,
  'staff.member': (problem) => team.memberProblems[problem as keyof typeof team.memberProblems],
  'staff.member_unknown': () => 'There is nobody like that on the team.',
  'staff.role_unknown': () => 'There is no such role. Send /roles to see which there are.',
  'staff.role_owner': (detail) => detail,
  'staff.role_name': (detail) => detail,
  'staff.role_exists': (detail) => detail,
  'staff.role_in_use': (detail) => detail,
  'staff.role_ships': (detail) => detail,
  'second_factor.wrong': (detail) => detail,
  'second_factor.locked': (detail) => detail,
  'second_factor.none': () => 'You have not set up two-step verification. Send /twostep to do it.',
  'second_factor.exists': (detail) => detail,
  'approval.not_allowed': () => 'Whoever asks and whoever agrees must be allowed to do this, and still be on the team.',
  'approval.unknown': (detail) => detail,
  'approval.over': (detail) => detail,
  'approval.yourself': (detail) => detail,
  'approval.not_yours': (detail) => detail,
  'security.value': () => 'That does not fit. Please send it as asked.',
  'wallet.too_little': (detail) => detail,
}
