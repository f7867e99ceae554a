import type { AccountEvent } from '../../../../../core/notifications/model.ts'

const notices: Record<AccountEvent, (channel: string) => string> = {
  linked: (channel) =>
    `🔗 本账号已和您在${channel}的账号关联：订单、钱包、工单和设置从现在起合在一起。\n如果不是您本人操作，请马上解除关联并联系客服。`,
  unlinked: (channel) =>
    `🔗 您在${channel}解除了本账号的关联：本账号从头开始，之前的订单、卡密和钱包留在您的其他账号里。\n如果不是您本人操作，请马上联系客服。`,
}

export const accounts = {
  accounts: {
    title: '我的账号',
    button: '🔗 关联账号',
    what: '把您在不同平台的账号关联起来，订单、钱包、工单和设置就合在一起。',
    since: (name: string, time: string) => `${name}（${time} 起关联）`,
    code: '关联码：',
    howTo: (code: string, minutes: number) =>
      `用另一个账号给我们发送：/link ${code}（${minutes} 分钟内有效，只能用一次）`,
    secret: '关联码不要给任何人：谁用了它，谁就能看到您的订单、卡密和钱包。',
    previewTitle: '关联账号',
    preview: (other: string, orders: number, sums: string) =>
      `本账号的 ${orders} 笔订单${sums === '' ? '' : `和钱包里的 ${sums}`}将和 ${other} 合在一起。`,
    previewWhat: [
      '两边的订单、卡密、钱包、工单和设置，两个账号都能看、都能用',
      '限购和信用按两个账号合计',
      '以后可以解除关联，但合在一起的东西不再分开：解除的账号从头开始',
    ],
    warning: '只关联您自己的账号。如果这个关联码是别人给您的，请选「不关联」：对方会看到您的订单和卡密，也能用您的钱。',
    yes: '确认关联',
    no: '不关联',
    done: '✅ 已关联：两个账号现在合在一起。',
    declined: '没有关联。',
    nothing: '没有待确认的关联：关联码已经用过或已过期。现在的账号如下。',
    unlink: (name: string) => `解除关联：${name}`,
    leaveTitle: (name: string) => `解除关联：${name}`,
    leaveWhat: [
      '这个账号从头开始：没有订单，钱包是空的',
      '所有订单、卡密、钱包余额和工单都留在您的其他账号里',
      '之前的订单消息会发到您的其他账号',
      '想恢复，重新关联即可',
    ],
    leaveYes: '确认解除',
    keep: '保留',
    left: (name: string) => `已解除关联：${name}。之前的订单和钱包留在其他账号里。`,
    notLinked: '这个账号没有关联，或已经解除。',
    notices,
  },
}

export const accountProblems: Readonly<Record<string, (detail: string) => string>> = {
  'linking.staff': () =>
    '店员账号不能关联：权限要由店里对每个账号单独邀请开通。要在别的平台管理店铺，请让店主再发一个邀请。',
  'linking.blocked': () => '账号被限制时不能关联或解除关联。如有疑问，请发送 /appeal 申诉。',
  'linking.review': () => '您有订单或申诉正在审核，现在不能关联或解除关联。等审核结束后再试。',
  'linking.other': () => '对方账号现在不能关联。请用那个账号发送 /link 看看原因。',
  'linking.code': () => '关联码不对或已过期。请用另一个账号发送 /link 取一个新的。',
  'linking.twice': () => '这个关联码被两个账号输入过，已作废。请重新取一个，不要让别人看到。',
  'linking.same': () => '这是本账号自己的关联码。请用另一个账号发送它。',
  'linking.too_often': () => '试得太多了，请一小时后再试。',
}
