export const problems: Readonly<Record<string, (detail: string) => string>> = {
  'order.no_stock': () => '库存不足，无法发货。请先补货再通过，或拒绝并退款。',
  'product.unknown': () => '没有这个编号的商品。',
  'product.exists': () => '已经有这个编号的商品，请换一个。',
  'product.sku': () => '编号只能用字母、数字、- 和 _，以字母或数字开头，最多 24 位。',
  'product.field': () =>
    '没有这个字段。可用：name、price、stars、category、description、picture、redeem、validity、support、format、limit、shelf、demo；文字可以写成 name.zh、name.en。',
  'product.value': () => '这个值不合适，请改一下再发。',
  'product.picture': () => '图片要是 JPEG、PNG 或 WebP，不超过 5 MB。',
  'money.malformed': () => '金额看不懂，应像 9.90。',
  'import.gone': () => '这次导入已经确认或放弃。要再导入请重新发送卡密。',
  'import.binary': () => '这不是文本文件。请在表格里另存为 .csv 再发送。',
  'profile.field': () =>
    '没有这个字段。可用：name、welcome、terms（都可加 .zh、.en）、closed、reservation、promise、link。',
  'profile.value': () => '这个值不合适，请改一下再发。',
  'books.date': () => '请写一个已经开始的日期，例如 /reconcile 2026-06-01。',
  'risk.rule': () => '没有这条规则。可用：hourly-orders、hourly-units。',
  'risk.limit': () => '上限是 1 到 1000000 的整数，或 off。',
  'quota.level': () => '没有这个等级。可用：restricted、new、returning、trusted；/trust 还可以用 auto。',
  'quota.field': () =>
    '没有这一项。可用：openOrders、openUnits、productUnits、stockPercent、alwaysUnits；restricted 以外还有 minPaid、maxExpired。',
  'quota.value': () => '这个数不合适。',
  'answer.name': () => '名称最多 24 个字，可用文字、数字、- 和 _，后面可以加 .zh 或 .en。',
  'answer.text': () => '内容要有 1 到 2000 个字。',
  'answer.many': () => '已经有 100 条了，请先删除一条。',
  'supplier.name': () => '供应商名称要有 1 到 60 个字。',
  'complaint.decided': () => '没有改动：这个售后已有人处理。',
  'complaint.no_stock': () => '没有可以补发的卡密。请先补货，或退款。',
}
