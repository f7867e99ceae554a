import type { ClaimState } from '../../../../../core/claims/model.ts'
import type { KeyEvent } from '../../../../../core/inventory/history.ts'
import type { TicketFilter } from '../../../../../core/support/model.ts'

/** 等了多久，秒。 */
const lasting = (seconds: number): string => {
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} 分钟`
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} 小时` : `${Math.round(minutes / 60 / 24)} 天`
}

const filters: Record<TicketFilter, string> = { waiting: '待回复', mine: '我的', all: '未关闭', closed: '已关闭' }
const claimStates: Record<ClaimState, string> = {
  open: '待答复',
  accepted: '已认可',
  refused: '已拒绝',
  settled: '已结清',
}

const happened: Record<KeyEvent['what'], string> = {
  imported: '入库',
  ordered: '下单预占',
  paid: '付款售出',
  revealed: '查看',
  complained: '买家申请售后',
  replaced: '售后：补发',
  refunded: '售后：退款',
  rejected: '售后：拒绝',
  withdrawn: '买家撤回售后',
  replaces: '用来补发',
  replaced_by: '由另一个卡密补发',
  frozen: '冻结',
  unfrozen: '解冻',
  void: '作废',
  used: '标记为用过',
  unused: '取消「用过」标记',
  returned: '退回',
}

export const aftersale = {
  lasting,
  ticketFilters: filters,
  ticketsIn: (filter: string, total: number) => `工单 · ${filter}（${total}）`,
  ticketsNone: (filter: string) => `没有${filter}的工单。`,
  ticketListLine: (id: number, kind: string, name: string, waited: string | undefined, who: string | undefined) =>
    [`${id}`, kind, name, waited === undefined ? undefined : `等了 ${waited}`, who].filter(Boolean).join(' · '),
  ticketKindLine: (kind: string, opened: string) => `类型：${kind}，${opened} 提出`,
  ticketWaiting: (waited: string) => `买家已等 ${waited}`,
  ticketFirstAnswer: (after: string) => `首次回复用时 ${after}`,
  ticketLatestAnswer: (after: string) => `最近一次回复用时 ${after}`,
  ticketOwner: (name: string) => `负责人：${name}`,
  ticketNoOwner: '还没有人负责',
  ticketNoteBy: (name: string) => `备注（${name}，买家看不到）`,
  ticketTake: '✋ 我来处理',
  ticketGive: '👉 转给同事',
  ticketRelease: '放开',
  ticketTaken: '现在由您负责。',
  ticketGiven: (name: string) => `已转给 ${name}。`,
  ticketReleased: '已放开，谁都可以处理。',
  ticketMoved: '没有改动：负责人刚刚变了，这是现在的情况。',
  ticketGiveWhom: (id: number) => `把工单 ${id} 转给谁？`,
  ticketGiveNobody: '没有别的同事可以回复工单。',
  ticketOvertaken: '没有发出：这期间有同事回复了，或已由别人负责。请看下面的情况；仍要发就再发一次。',
  ticketNote: '📝 备注',
  ticketAskNote: (id: number) => `请发送工单 ${id} 的备注，买家看不到。`,
  ticketNoted: '已记下备注。',
  ticketCanned: '📋 常用回复',
  ticketPictureHint: '也可以发一张图片。',
  ticketFigures: '⏱ 回复用时',
  ticketFiguresTitle: '工单回复用时',
  ticketFiguresOf: (days: number) => `最近 ${days} 天`,
  ticketFiguresCounts: (opened: number, closed: number, answers: number) =>
    `新开 ${opened} 个，关闭 ${closed} 个，回复 ${answers} 次`,
  ticketFiguresTimes: (first: string, every: string) => `首次回复（中位数）${first}，每次回复 ${every}`,
  ticketCloseOpen: '里面还有没处理的售后，请先补发、退款或拒绝。',

  answersTitle: (total: number) => `常用回复（${total}）`,
  answersNone: '还没有常用回复。',
  answersHint: '添加或修改：/answers 名称 内容。可写 {order}、{product}、{name}；分语言写成 名称.zh、名称.en。',
  answersChoose: (id: number) => `用哪个回复工单 ${id}？`,
  answerTitle: (name: string) => `常用回复「${name}」`,
  answerDrop: '🗑 删除',
  answerDropped: '已删除。要恢复请重新添加。',
  answerSaved: (name: string) => `已保存「${name}」。`,
  answerPreview: (id: number) => `将发给工单 ${id} 的买家：`,
  answerSend: '发送',
  answersManage: '📋 管理常用回复',
  answerUnknown: '没有这条常用回复。',
  answerCustomer: '您',

  complaintsTitle: '售后的卡密',
  complaintLine: (unit: number, product: string, reason: string, state: string) =>
    `第 ${unit} 个 · ${product} · ${reason} · ${state}`,
  complaintsMore: (keys: number) => `🔑 全部 ${keys} 个`,
  complaintOpen: (unit: number) => `🔑 第 ${unit} 个`,
  complaintBuyer: (orders: number, complaints: number, upheld: number, rejected: number, refunds: number) =>
    `买家：付过 ${orders} 单，售后 ${complaints} 次（成立 ${upheld}、拒绝 ${rejected}），退款 ${refunds} 笔`,
  defects: (upheld: number, sold: number, percent: string) => `${upheld}/${sold}（${percent}%）`,
  defectsNone: '还没有售出',
  complaintBatchRate: (batch: number, rate: string) => `批次 ${batch} 的不良率：${rate}`,
  complaintSupplierRate: (name: string, rate: string) => `供应商 ${name} 的不良率：${rate}`,
  replaceAll: (keys: number) => (keys > 1 ? `✅ 补发 ${keys} 个` : '✅ 补发'),
  refundPart: (keys: number, amount: string) => (keys > 1 ? `↩️ 退 ${keys} 个 ${amount}` : `↩️ 退款 ${amount}`),
  refundWhole: '↩️ 整单退款',
  rejectAll: (keys: number) => (keys > 1 ? `⛔ 拒绝 ${keys} 个` : '⛔ 拒绝'),
  replaceAsk: (keys: number) =>
    `补发 ${keys} 个卡密？优先用别的批次；旧卡密作废，成本记为损失或向供应商索赔。不能撤回。`,
  refundPartAsk: (keys: number, amount: string) =>
    `退 ${keys} 个卡密的价款 ${amount}？能部分原路退的原路退，否则进买家钱包。订单里别的卡密不变。不能撤回。`,
  refundWholeAsk: '整单退款？这些卡密按售后处理，其余卡密也收回，订单变为已退款。不能撤回。',
  rejectAsk: (keys: number) =>
    `拒绝这 ${keys} 个卡密的售后，请发送给买家的理由（最多 2000 字）。以后还可以改为补发或退款。`,
  confirmYes: '确认',
  replacedNow: '已补发，买家会收到通知。',
  refundedNow: '已退款，买家会收到通知。',
  rejectedNow: '已拒绝，理由已发给买家。',
  complaintDecided: '没有改动：这个售后已有人处理，或买家撤回了。这是现在的情况。',
  complaintNoStock: '没有可以补发的卡密。请先补货，或退款。',
  complaintUnknown: '没有这个售后。',

  keyHistory: '📜 全部经历',
  keyHistoryTitle: (id: string) => `卡密 #${id} 的经历`,
  keyHappened: happened,
  keyHistoryLine: (time: string, what: string, detail: string, by: string | undefined) =>
    [`${time} ${what}`, detail, by].filter(Boolean).join(' · '),
  keyMarkUsed: '✔️ 标记为用过',
  keyMarkUnused: '↩️ 没用过',
  keyMarkedUsed: '已标记为用过，买家仍可查看。',
  keyUnmarked: '已取消标记。',
  byWhom: { system: '系统', operator: '运维' } as Readonly<Record<string, string>>,

  batches: '🗃 批次',
  batchesTitle: (total: number) => `批次（${total}）`,
  batchesNone: '还没有入库的批次。',
  batchLine: (id: number, sku: string, keys: number, supplier: string | undefined) =>
    [`${id}`, sku, `${keys} 个`, supplier].filter(Boolean).join(' · '),
  batchTitle: (id: number, sku: string) => `批次 ${id} · ${sku}`,
  batchImported: (by: string, time: string, source: string) => `${time} 由 ${by} 入库（${source}）`,
  batchSources: { paste: '粘贴', file: '文件', shell: '命令行', demo: '演示' } as Readonly<Record<string, string>>,
  batchSupplier: (name: string) => `供应商：${name}`,
  batchNoSupplier: '供应商：未填',
  batchState: (state: string, keys: number) => `${state} ${keys} 个`,
  batchRate: (rate: string) => `不良率：${rate}`,
  batchKeys: '🔑 逐个查看',
  batchSetSupplier: '✏️ 填写供应商',
  batchAskSupplier: (id: number) => `批次 ${id} 来自哪个供应商？发送名称，没有的会新建。`,
  batchSupplierSet: '已保存供应商。',
  batchSupplierFixed: '没有改动：这个批次已经有索赔，供应商不能再改。',
  batchUnknown: '没有这个批次。发送 /batch 看最近的批次。',

  claims: '🧾 供应商索赔',
  claimsTitle: '供应商索赔',
  claimsNone: '还没有供应商。在批次页填写供应商后，售后成立的卡密会自动索赔。',
  claimSupplierLine: (name: string, waiting: number, owed: string) =>
    waiting > 0 ? `${name} · ${waiting} 笔待结${owed && ` ${owed}`}` : name,
  claimsOf: (name: string) => `${name} 的索赔`,
  claimsOfNone: '没有索赔。',
  claimLine: (id: number, sku: string, cost: string, state: string) => `${id} · ${sku} · ${cost} · ${state}`,
  claimTitle: (id: number) => `索赔 ${id}`,
  claimStates,
  claimState: (state: string) => `状态：${state}`,
  claimCost: (cost: string) => `成本：${cost}`,
  claimCostUnknown: '不明',
  claimKey: (id: string, sku: string, batch: number) => `卡密 #${id} · ${sku} · 批次 ${batch}`,
  claimAmount: (amount: string) => `结算：${amount}`,
  claimOpened: (time: string) => `提出：${time}`,
  claimClosed: (time: string) => `了结：${time}`,
  claimAccept: '供应商认可',
  claimReopen: '改回待答复',
  claimRefuse: '供应商拒绝',
  claimSettle: '结清',
  claimRefuseAsk: '供应商不赔？成本记为损失，不能改回。',
  claimSettleAsk: (currency: string) => `供应商赔了多少（${currency}）？例如 4.00。差额记为损失，不能改回。`,
  claimMoved: '已保存。',
  claimFixed: '没有改动。这是索赔现在的情况。',
  claimUnknown: '没有这笔索赔。',
  claimExport: '📤 导出 CSV',
  claimFile: (name: string, total: number) => `${name} 的 ${total} 笔索赔`,
  aftersaleHelp: [
    '/tickets 工单，/ticket 12 看工单并回复，/answers 常用回复',
    '/key K7MQ-4XD2 1 查卡密的全部经历，也可以直接写卡密；/batch 12 看批次',
    '/claims 供应商索赔',
  ],
}
