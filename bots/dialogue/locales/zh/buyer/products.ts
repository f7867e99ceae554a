import type { Level } from '../../../../../core/catalog/model.ts'

const levels: Record<Level, string> = { plenty: '有货', few: '少量', none: '售罄' }

export const products = {
  categories: '请选择分类',
  allProducts: '全部商品',
  emptyShop: '店里还没有商品，请晚点再来。',
  noMatch: (text: string) => `没有找到“${text}”。换个词试试，或看看全部商品。`,
  noMatchUnsaid: '没有找到。换个词试试，或看看全部商品。',
  found: (text: string, total: number) => `“${text}”找到 ${total} 件商品`,
  levels,
  price: (price: string) => `价格：${price}`,
  stock: (level: string) => `库存：${level}`,
  notHere: '这件商品在这里买不了。',
  demoProduct: '演示商品：付款是假的，卡密也是假的。',
  redeem: '怎么兑换',
  validity: '有效期',
  productSupport: '售后',
  buy: '购买',
  soldOutButton: '售罄',
  unknownProduct: '没有这件商品，它可能已经下架。',
  howMany: (name: string, limit: number) => `要买几件「${name}」？（1–${limit}）`,
  howManyTyped: '请直接回复数量。',
  otherQuantity: '其他数量',
  typeQuantity: (limit: number) => `请输入 1 到 ${limit} 之间的整数。`,
  badQuantity: (limit: number) => `数量要是 1 到 ${limit} 之间的整数，例如 2。`,
}
