export const receipts = {
  receipt: '🧾 发货凭证',
  receiptOf: (no: string) => `订单 ${no} 的发货凭证`,
  receiptWhat: '凭证证明这笔订单何时下单、何时发货，店铺事后无法更改。里面没有卡密，也没有您的姓名。',
  receiptWhere: (url: string) => `打开 ${url} 并放入这个文件即可验证，文件不会上传。`,
  receiptPasted: (url: string) => `打开 ${url}，把下面的文字依次全部粘贴进去即可验证，不会上传。`,
  receiptSoon: '凭证还在生成，请过几秒再试。',
  receiptNone: '发货之后才有凭证。',
  askReceiptNo: '请发送订单号，例如 /receipt K7MQ-4XD2',
}
