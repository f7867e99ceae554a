export const problems: Readonly<Record<string, (detail: string) => string>> = {
  'order.state': () => '订单状态刚刚变了，请重新打开订单。',
  'order.unknown': () => '没有找到这笔订单。',
  // Nobody learns whether another person’s order exists.
  'order.not_yours': () => '没有找到这笔订单。',
  'order.keys_withheld': () => '这笔订单的卡密已停用，不能查看。请联系客服处理。',
  'ticket.picture': () => '图片要是 JPEG、PNG 或 WebP，不超过 5 MB。请重发，或用文字说明。',
  'ticket.pictures': () => '一个工单最多 10 张图片，请用文字说明。',
  'complaint.none': () => '这些卡密已经申请过售后，或您还没有查看过。请在「我的工单」里继续说。',
  'chat.file_too_large': () => '文件太大，最多 20 MB。',
  'staff.already': () => '您已经是店里的人了。要换身份，请找管理团队的人。',
  'staff.too_often': () => '试得太多了。请一小时后再试，或请对方发邀请链接。',
}
