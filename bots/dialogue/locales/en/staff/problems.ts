import type { problems as Zh } from '../../zh/staff/problems.ts'

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
    'There is no such field. Fields: name, welcome, terms (each also with .zh, .en), closed, reservation, promise, link.',
  'profile.value': (detail) => `That does not fit: ${detail}.`,
  'books.date': () => 'Name a day that has begun, for example /reconcile 2026-06-01.',
  'risk.rule': () => 'There is no such rule. Rules: hourly-orders, hourly-units.',
  'risk.limit': (detail) => detail,
  'quota.level': () => 'There is no such level. Levels: restricted, new, returning, trusted; for /trust also auto.',
  'quota.field': () =>
    'There is no such figure. Figures: openOrders, openUnits, productUnits, stockPercent, alwaysUnits; but for restricted also minPaid, maxExpired.',
  'quota.value': () => 'That number does not fit.',
  'answer.name': () => 'A name has up to 24 letters, digits, - and _, and perhaps .zh or .en behind it.',
  'answer.text': () => 'An answer has 1 to 2,000 characters.',
  'answer.many': () => 'There are 100 answers already. Delete one first.',
  'supplier.name': () => 'The name of a supplier has 1 to 60 characters.',
  'complaint.decided': () => 'Nothing changed: somebody has decided about this complaint already.',
  'complaint.no_stock': () => 'There is no key to replace it with. Add stock, or refund it.',
}
