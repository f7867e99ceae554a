import type { TextField } from '../../../../../core/catalog/model.ts'

type ProductField = TextField | 'price' | 'stars' | 'category' | 'picture' | 'format' | 'limit' | 'shelf' | 'demo'

/** A setting: what it is called, and what is asked for when it is to be changed. */
interface Field {
  readonly name: string
  readonly ask: string
}

const productFields: Record<ProductField, Field> = {
  name: { name: '名称', ask: '请发送商品名称，最多 80 字。' },
  description: { name: '说明', ask: '请发送商品说明，最多 1500 字；发送 - 清空。' },
  redeem: { name: '兑换方法', ask: '请发送兑换方法，最多 1500 字；发送 - 清空。' },
  validity: { name: '有效期', ask: '请发送有效期说明，最多 300 字；发送 - 清空。' },
  support: { name: '售后', ask: '请发送售后说明，最多 500 字；发送 - 清空。' },
  price: { name: '价格', ask: '请发送价格，例如 9.90。' },
  stars: { name: '星星价', ask: '请发送 Telegram 星星价：1 到 100000 的整数；发送 - 表示不用星星卖。' },
  category: { name: '分类', ask: '请发送分类名称，最多 40 字；发送 - 清空。' },
  picture: {
    name: '图片',
    ask: '请发送一张图片（JPEG、PNG 或 WebP，不超过 5 MB），或以 https:// 开头的图片地址；发送 - 清空。',
  },
  format: {
    name: '卡密格式',
    ask: '请发送卡密格式：code（一个码）、pair（卡号和密码）、link（链接）或 qr（以二维码发货）。也可以规定样式，例如 code:AAAA-9999（A 是字母，9 是数字，X 两者都行）。',
  },
  limit: { name: '每单限购', ask: '请发送每单最多几件：1 到 1000 的整数。' },
  shelf: { name: '上架', ask: '请发送 on（上架）或 off（下架）。' },
  demo: { name: '演示商品', ask: '请发送 on（演示商品）或 off（正式商品）。' },
}

export const products = {
  productsTitle: (total: number) => `商品（${total}）`,
  noProducts: '还没有商品。',
  productLine: (sku: string, name: string, price: string) => `${sku} · ${name} · ${price}`,
  offShelfMark: '已下架',
  addProduct: '➕ 添加商品',
  addSku: '添加商品（1/4）\n请发送商品编号（SKU）：字母、数字、- 和 _，最多 24 位，例如 STEAM50。',
  addName: (sku: string) => `添加 ${sku}（2/4）\n请发送商品名称。`,
  addPrice: (sku: string, currency: string) => `添加 ${sku}（3/4）\n请发送价格（${currency}），例如 9.90。`,
  addStars: (sku: string) => `添加 ${sku}（4/4）\n请发送 Telegram 星星价（整数）。不用星星卖就发送 0。`,
  badSku: '编号只能用字母、数字、- 和 _，以字母或数字开头，最多 24 位。',
  skuExists: (sku: string) => `已经有编号为 ${sku} 的商品，请换一个。`,
  badName: '名称要有 1 到 80 个字。',
  badPrice: '价格看不懂，应像 9.90。',
  badStars: '星星价是 1 到 100000 的整数；不用星星卖就发送 0。',
  productAdded: (sku: string) => `已添加 ${sku}，接下来导入卡密就能卖了。`,
  productUsage:
    '用法：/product add 编号 | 名称 | 价格 | 星星价\n/product set 编号 字段 值\n例如：/product set STEAM50 price 47.90',
  price: (price: string) => `价格：${price}`,
  stars: (stars: string) => `星星价：${stars}`,
  category: (name: string) => `分类：${name}`,
  shelf: (state: string) => `上架：${state}`,
  demo: (state: string) => `演示商品：${state}`,
  limit: (limit: number) => `每单限购：${limit}`,
  format: (format: string) => `卡密格式：${format}`,
  picture: (state: string) => `图片：${state}`,
  pictureKept: (kind: string, kilobytes: number) => `已存（${kind}，${kilobytes} KB）`,
  change: '✏️ 修改',
  importHere: '📥 导入卡密',
  takeOff: '下架',
  putOn: '上架',
  makeDemo: '设为演示商品',
  makeReal: '设为正式商品',
  asBuyer: '👁 买家看到的',
  chooseField: (name: string) => `修改「${name}」的哪一项？`,
  productFields,
  fieldLanguages: (sku: string, field: string) => `只改一种语言：/product set ${sku} ${field}.en 内容`,
  fieldNow: (value: string) => `现在：${value}`,
  fieldSet: (field: string) => `已更新：${field}`,
  fieldOverruled: (sku: string, field: string, language: string) =>
    `这里看不到：这种语言另有内容。用 /product set ${sku} ${field}.${language} 内容 修改`,
  shelfSet: { on: '已上架。', off: '已下架，买家看不到了。' } as Readonly<Record<string, string>>,
  demoSet: { on: '已设为演示商品。', off: '已设为正式商品。' } as Readonly<Record<string, string>>,
  pictureUsage: '把图片发给我，说明文字写：/product set 编号 picture',
  pictureSet: '图片已更新。',
}
