import type { ApprovalState } from '../../../../../core/approvals/model.ts'

const approvalStates: Record<Exclude<ApprovalState, 'waiting'>, (by: string) => string> = {
  granted: (by) => `✅ ${by} 已同意，已执行。`,
  refused: (by) => `❌ ${by} 已拒绝，没有执行。`,
  withdrawn: () => '↩️ 申请人已撤回，没有执行。',
  expired: () => '⌛️ 24 小时内无人复核，没有执行。需要的话请重新申请。',
}

export const security = {
  securityButton: '🔐 安全',
  securityTitle: '安全设置',
  securityFactor: (required: boolean): string =>
    required ? '两步验证：所有人做危险操作都需要' : '两步验证：开启了的人做危险操作时需要',
  securityIdle: (minutes: number): string =>
    minutes === 0 ? '闲置锁定：从不' : `闲置锁定：${minutes} 分钟没有管理操作后，开启了两步验证的人要再验证`,
  securityRefund: (limit: string) => `退款要第二个人复核：${limit}`,
  securityWallet: (limit: string) => `调整钱包要第二个人复核：${limit}`,
  never: '从不',
  alwaysIn: (currency: string) => `总是（${currency}）`,
  from: (money: string) => `一天 ${money} 起`,
  securityOwn: (state: string) => `您自己的两步验证：${state}`,
  requireAll: '要求所有人开启两步验证',
  requireNot: '不要求所有人开启',
  secondMissing: '现在没有别人能做第二个人，开启后您一个人也无法关闭。请先邀请另一位店主：/invite。',
  requireYourself: '请先开启您自己的两步验证，否则您会把自己锁在外面。',
  securityFields: {
    idleLock: { name: '闲置锁定', ask: '闲置多少分钟后锁定？0 到 43200 的整数，0 表示从不。' },
    refund: {
      name: '退款复核',
      ask: '一个人 24 小时内退款多少钱起要第二个人复核？例如 500（店铺货币）或 500 XTR（星星）；0 表示总是（所有货币）；off 表示从不，off XTR 只取消星星的。',
    },
    wallet: {
      name: '钱包复核',
      ask: '一个人 24 小时内调整钱包多少钱起要第二个人复核？例如 100 或 100 XTR；0 表示总是（所有货币）；off 表示从不，off XTR 只取消星星的。',
    },
    export: {
      name: '导出复核',
      ask: '一个人 24 小时内导出多少个起要第二个人复核？例如 100；1 表示总是；off 表示从不。',
    },
  },
  securitySet: '安全设置已更改，立即生效。',

  factorTitle: '两步验证',
  factorWhat: '开启后，危险操作（退款、管理团队、改安全设置等）和闲置之后，都要输入验证器应用里的 6 位数字。',
  factorSetUp: '开启两步验证',
  factorRemove: '关闭两步验证',
  factorScan:
    '用验证器应用（Google Authenticator、Microsoft Authenticator 等）扫描这个二维码，或输入下面的密钥。请不要给别人看。',
  factorProve: '然后把应用里显示的 6 位数字发给我。',
  factorReady: '两步验证已开启',
  factorRecovery:
    '手机不在身边时，可用下面的恢复码代替 6 位数字，每个只能用一次。请现在抄到安全的地方，它们不会再显示：',
  factorNoted: '✅ 已抄好，删除这条消息',
  factorDelete: '我在这里删不了消息：请您自己删掉这一条和带密钥的那一条。',
  factorOffAsk: '要关闭两步验证，请发送应用里的 6 位数字，或一个恢复码。',
  factorRemoved: '两步验证已关闭。',
  factorFirst: '店里要求做这件事的人都开启两步验证。请先开启，然后再来一次。',
  codeDangerous: '为了安全，请发送验证器应用里的 6 位数字（或一个恢复码）。10 分钟内不再问。',
  codeIdle: '这个聊天闲置了一段时间，已锁定。请发送验证器应用里的 6 位数字（或一个恢复码）。',
  unlocked: '已解锁。',
  unlockedAgain: '已解锁。请把刚才的内容再发一次。',

  approvalsButton: '👥 待复核',
  noApprovals: '没有要复核的操作。',
  approvalsTitle: (total: number) => `待复核的操作（${total}）`,
  approvalTitle: (id: number) => `复核 #${id}`,
  approvalBy: (name: string, time: string) => `申请人：${name}，${time}`,
  approvalUntil: (time: string) => `请在 ${time} 前决定。`,
  approvalWaits: '要由另一个有这项权限的人来决定，他们已收到通知。',
  approvalNeeded: '这个操作需要第二个人同意。',
  approvalGrant: '✅ 同意并执行',
  approvalRefuse: '❌ 拒绝',
  approvalWithdraw: '撤回申请',
  approvalUnknown: '没有这个申请，或者与您无关。',
  approvalStates,
  actRefund: (no: string, money: string) => `订单 ${no} 退款 ${money}`,
  actWallet: (no: string, money: string, isIn: boolean): string =>
    isIn ? `给订单 ${no} 的买家钱包加 ${money}` : `从订单 ${no} 的买家钱包扣 ${money}`,
  actSecurity: '更改安全设置',

  adjustButton: '➕➖ 调整',
  adjustAsk: (no: string) =>
    `给订单 ${no} 的买家钱包加钱或扣钱：请发送金额和原因，例如 +10 补偿，或 -5.50 重复退款；星星写成 +50 XTR 补偿。`,
  adjustMalformed: '看不懂。要有 + 或 -、金额和原因。',
  adjustTitle: (sum: string, isIn: boolean) => (isIn ? `给买家加 ${sum}？` : `从买家扣 ${sum}？`),
  adjustTold: '买家会收到通知，并看到这个原因。不能撤销，只能再反向调整一次。',
  adjustYes: (sum: string, isIn: boolean) => (isIn ? `加 ${sum}` : `扣 ${sum}`),
  adjusted: '已调整，买家会收到通知。',
}
