export const appeals = {
  blocked: '您的账号目前不能下单。',
  blockedUntil: (time: string) => `您的账号在 ${time} 之前不能下单。`,
  blockedStill: '已付款的订单、卡密、退款和工单不受影响，照常可用。如有异议，可以申诉，会有人工复核。',
  appealButton: '✍️ 申诉',
  appealAsk: '请写下申诉理由（最多 2000 字），我会转给工作人员复核。',
  appealOpen: (id: number) => `您的申诉（工单 ${id}）正在处理。要补充说明，直接写在这里。`,
  appealSent: (id: number) => `申诉已提交（工单 ${id}），结果会发到这里。`,
  appealAccepted: '申诉已通过：限制已解除，您可以正常下单了。',
  appealNotBlocked: '您的账号没有被限制，可以正常下单。',
}
