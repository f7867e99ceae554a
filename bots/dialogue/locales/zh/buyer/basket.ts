export const basket = {
  basketTitle: '购物车',
  basketEmpty: '购物车是空的。',
  line: (name: string, quantity: number, price: string) => `${name} × ${quantity}　${price}`,
  total: (price: string) => `合计：${price}`,
  reserveHint: (minutes: number) => `下单后为您保留 ${minutes} 分钟。`,
  checkout: (price: string) => `下单付款 · ${price}`,
  addMore: '继续选购',
  removeLine: (name: string) => `✕ ${name}`,
  emptyBasket: '清空',
  basketEmptied: '已清空。',
  lineGone: (name: string) => `「${name}」已下架，已从购物车移除。`,
  notPayableHere: '购物车里有在这里买不了的商品，请移除后再付款。',
}
