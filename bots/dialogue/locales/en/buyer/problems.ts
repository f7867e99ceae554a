import type { problems as Zh } from '../../zh/buyer/problems.ts'

export const problems: typeof Zh = {
  'order.state': () => 'The order has just changed. Please open it again.',
  'order.unknown': () => 'No such order found.',
  // Nobody learns whether another person’s order exists.
  'order.not_yours': () => 'No such order found.',
  'order.keys_withheld': () => 'The keys of this order have been disabled and cannot be shown. Please contact support.',
  'ticket.picture': () => 'A picture has to be a JPEG, PNG or WebP of at most 5 MB. Send another, or use words.',
  'ticket.pictures': () => 'A ticket holds at most 10 pictures. Please use words.',
  'complaint.none': () => 'You have complained of these keys before, or not looked at them yet. Go on in “My tickets”.',
  'chat.file_too_large': () => 'That file is too large: 20 MB at most.',
  'staff.already': (detail) => detail,
  'staff.too_often': (detail) => detail,
}
