import type { basket as Zh } from '../../zh/buyer/basket.ts'

export const basket: typeof Zh = {
  basketTitle: 'Basket',
  basketEmpty: 'Your basket is empty.',
  line: (name, quantity, price) => `${name} × ${quantity}   ${price}`,
  total: (price) => `Total: ${price}`,
  reserveHint: (minutes) => `Once ordered, it is kept for you for ${minutes} min.`,
  checkout: (price) => `Order and pay · ${price}`,
  alreadyOrdered: 'Ordered already. This is the order.',
  addMore: 'Add more',
  removeLine: (name) => `✕ ${name}`,
  emptyBasket: 'Empty the basket',
  basketEmptied: 'Emptied.',
  lineGone: (name) => `“${name}” is no longer sold and was removed.`,
  notPayableHere: 'Something in your basket cannot be bought here. Remove it to go on.',
}
