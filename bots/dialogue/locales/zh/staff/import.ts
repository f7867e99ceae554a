import type { Malformed } from '../../../../../core/inventory/rows.ts'

const malformed: Record<Malformed, string> = {
  too_long: '太长',
  control_characters: '有看不见的控制字符',
  quotes: '引号不配对',
  columns: '列不对：应为 卡密,密码,到期日,成本',
  format: '不符合这件商品的卡密格式',
  password_missing: '缺少密码',
  spreadsheet_number: '被表格改成了科学计数（如 1.2E+15），数字已丢失；请把该列设为文本后重新导出',
  expires: '到期日看不懂，应像 2027-12-31',
  expired: '已过期',
  cost: '成本看不懂，应像 8.50',
}

export const imports = {
  importChoose: '给哪件商品导入卡密？',
  importAsk: (name: string, sku: string) => `给「${name}」（${sku}）导入卡密`,
  importHow:
    '把卡密发过来，一行一个；或发送 .txt / .csv 文件（不超过 20 MB）。\n每行：卡密[,密码][,到期日][,成本]\n例如：ABCD-1234,,2027-12-31,42.00',
  importFormat: (format: string) => `格式：${format}`,
  importDeletes: '含有卡密的消息我会马上删除；确认之前不会入库。',
  importDeleteYourself: '发完请自己删除含有卡密的消息；确认之前不会入库。',
  importNotPicture: '请发送 .txt 或 .csv 文件，图片里的卡密我读不了。',
  importUnknown: (sku: string) => `没有编号为 ${sku} 的商品，什么都没有导入。`,
  previewTitle: (name: string, sku: string) => `导入预览 · ${name}（${sku}）`,
  previewNew: (count: number) => `新卡密：${count}`,
  previewDuplicates: (count: number) => `重复（不会导入）：${count}`,
  previewMalformed: (count: number) => `有问题（不会导入）：${count}`,
  onLines: (lines: readonly string[], more: number) =>
    more > 0 ? `第 ${lines.join('、')} 行，以及另外 ${more} 行` : `第 ${lines.join('、')} 行`,
  andMore: (count: number) => `……另有 ${count} 行`,
  malformedLine: (line: number, reason: string) => `第 ${line} 行：${reason}`,
  previewMore: '还有就接着发，会算在一起。',
  importOpen: '这次导入还没有结束：再发的卡密会加进来。',
  importNoChoice: '菜单里没有这一项；作为卡密又太短了。',
  importAnew: '之前那次导入已经确认、放弃或过期：下面只有刚发的这些。',
  previewNothing: '没有可以导入的新卡密。',
  confirmImport: (count: number) => `✅ 导入 ${count} 个`,
  dropImport: '放弃',
  importDropped: '已放弃，什么都没有导入。',
  resultTitle: (name: string, sku: string) => `导入完成 · ${name}（${sku}）`,
  resultAdded: (count: number) => `已入库：${count}`,
  resultDuplicates: (count: number) => `重复，未导入：${count}`,
  resultMalformed: (count: number) => `有问题，未导入：${count}`,
  importMore: '继续导入',
  malformed,
}
