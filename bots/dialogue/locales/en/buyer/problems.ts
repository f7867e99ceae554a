import type { problems as Zh } from '../../zh/buyer/problems.ts'

export const problems: typeof Zh = {
  'order.not_yours': () => 'This is not your order.',
  'order.state': () => 'The order has just changed. Please open it again.',
  'order.unknown': () => 'No such order found.',
  'order.keys_withheld': () => 'The keys of this order have been disabled and cannot be shown. Please contact support.',
  'chat.file_too_large': () => 'That file is too large: 20 MB at most.',
  'staff.already': (detail) => detail,
  'staff.too_often': (detail) => detail,
}
