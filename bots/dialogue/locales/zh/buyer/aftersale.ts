import type { ComplaintReason, ComplaintState, UnitFacts } from '../../../../../core/complaints/model.ts'
import type { TicketKind, TicketState } from '../../../../../core/support/model.ts'

const unitStates: Record<UnitFacts['state'], string> = {
  unseen: '未查看',
  shown: '已查看',
  used: '已标记为用过',
  complained: '售后处理中',
  refunded: '已退款',
  withheld: '已停用',
}

const complaintStates: Record<ComplaintState, string> = {
  open: '处理中',
  replaced: '已补发',
  refunded: '已退款',
  rejected: '未通过',
  withdrawn: '已撤回',
}

const reasons: Record<ComplaintReason, string> = {
  already_used: '提示已被使用',
  invalid: '提示无效',
  wrong_region: '地区不符',
  expired: '已过期',
  other: '其他问题',
}

const ticketStates: Record<TicketState, string> = { open: '等待客服回复', answered: '客服已回复', closed: '已关闭' }
const ticketKinds: Record<TicketKind, string> = {
  support: '咨询',
  payment: '付款问题',
  key: '卡密售后',
  appeal: '申诉',
}

export const aftersale = {
  myTickets: '🗂 我的工单',
  ticketsMine: '我的工单',
  noTicketsMine: '您还没有工单。有问题可以随时联系客服。',
  ticketMineTitle: (id: number, kind: string) => `工单 ${id} · ${kind}`,
  ticketMineLine: (id: number, kind: string, state: string) => `${id} · ${kind} · ${state}`,
  ticketMineState: (state: string) => `状态：${state}`,
  ticketMineStates: ticketStates,
  ticketKinds,
  ticketPrevious: (id: number) => `接着工单 ${id}`,
  ticketYou: '我',
  ticketShop: '客服',
  ticketWrite: '✍️ 补充 / 回复',
  ticketReopen: '✍️ 重新打开',
  ticketAskWrite: (id: number, pictures: boolean) =>
    `请发送要补充到工单 ${id} 的内容，最多 2000 字。${pictures ? '也可以发一张图片。' : ''}`,
  ticketAskReopen: (id: number) => `工单 ${id} 已关闭。写下您的问题就会重新打开；关闭超过 30 天会另开一个工单接着说。`,
  ticketCloseMine: '✔️ 已解决，关闭',
  ticketClosedMine: '工单已关闭。30 天内写一句话就能重新打开。',
  ticketClosedWithdrawn: '工单已关闭，里面还没处理的售后已撤回，卡密可以照常查看。30 天内可以重新打开。',
  ticketAlreadyClosed: '这个工单已经关闭了。',
  ticketMineUnknown: '没有这个工单。发送 /tickets 看您的工单。',
  ticketPicture: (n: number) => `🖼 图片 ${n}`,
  pictureHere: '🖼 图片',
  pictureNotHere: '（一张图片，这里显示不了）',
  pictureOf: (id: number) => `工单 ${id} 的图片`,
  keysStatus: '🔎 卡密状态',
  unitsTitleMine: (no: string) => `订单 ${no} 的卡密`,
  unitLineMine: (n: number, masked: string, state: string) => `${n}. ${masked} · ${state}`,
  unitStates,
  unitShownAt: (time: string, times: number) => (times > 1 ? `最近查看：${time}，共 ${times} 次` : `查看：${time}`),
  unitNeverShown: '还没有查看过。',
  unitComplaint: (id: number, state: string) => `售后：${state}（工单 ${id}）`,
  unitReplaced: '这是补发的卡密，原来的已作废。',
  complaintStates,
  unitMarkUsed: '✔️ 标记为用过',
  unitMarkUnused: '↩️ 还没用过',
  unitMarked: '已标记为用过，仍然可以查看。',
  unitUnmarked: '已取消标记。',
  unitNotMarked: '这个卡密现在不能改。',
  unitBroken: '⚠️ 这个不能用',
  openTicket: (id: number) => `工单 ${id}`,
  complainTitle: (no: string) => `订单 ${no}：哪些卡密不能用？`,
  complainHint: '点一下选中，再点取消。选好后点「下一步」。',
  complainNothing: '这笔订单没有可以申请售后的卡密：没查看过的请先查看；已经申请过的，请在工单里继续说。',
  complainNext: (count: number) => `下一步（${count} 个）`,
  complainNoneChosen: '请先选中不能用的卡密。',
  complainAsk: '💬 问别的问题',
  complainWhy: (count: number) => `${count} 个卡密不能用。使用时看到了什么？`,
  complainReasons: reasons,
  complainSay: (pictures: boolean) =>
    `请简单写一下经过，最多 2000 字${pictures ? '，可以附一张截图' : ''}。提交后这些卡密会先停用，处理完再恢复或补发；请不要继续使用。`,
  complainSend: '不写了，直接提交',
  complained: (id: number, count: number) =>
    `已提交（工单 ${id}，${count} 个卡密）。处理期间这些卡密不显示；如果发现其实能用，关闭工单就能撤回。结果会发到这里。`,
  inComplaint: (keys: number) => `有 ${keys} 个卡密在售后处理中，暂不显示。`,
  unitsRefunded: (keys: number) => `有 ${keys} 个卡密已退款。`,
  parted: (amount: string) => `其中已退：${amount}`,
  verdicts: {
    replaced: (no: string, keys: number) => `✅ 订单 ${no}：${keys} 个卡密已补发，点「查看卡密」就能看到新的。`,
    refunded: (no: string, keys: number) => `↩️ 订单 ${no}：${keys} 个卡密已退款。能原路退回的正在退，其余已进钱包。`,
    rejected: (no: string, keys: number) =>
      `订单 ${no}：${keys} 个卡密的售后没有通过，卡密可以照常查看。有异议请在工单里回复。`,
  },
}
