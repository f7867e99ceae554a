export const support = {
  askSupport: '请写下您的问题，我会转给客服。订单号写上会更快。',
  askPaySupport: '请写下付款遇到的问题和订单号，我会转给客服。',
  supportSent: (id: number) => `已转给客服（工单 ${id}）。回复会发到这里。`,
  supportTooLong: '太长了，请控制在 2000 字以内。',
  supportAnswer: (id: number) => `客服回复（工单 ${id}）`,
  supportReply: '继续回复',
  claimDone: (role: string) => `您现在是店里的人了，身份：${role}。发送 /staff 打开管理菜单。`,
  claimLinked:
    '这个账号关联着其他账号，关联的账号会一起变成店员。请先发送 /link 解除关联，再发一次邀请码：它没有用掉。',
  claimFailed: '这个邀请码不对，或已经用过、过期。请再要一个；店主自己的认领码在启动时打印。',
  claimUsage: '用法：/join 邀请码',
}
