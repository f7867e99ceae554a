import type { Kind } from '../../../../../core/privacy/model.ts'

const kinds: Record<Kind, string> = {
  sessions: '会话状态',
  messages: '消息编号',
  tickets: '客服对话',
  feedback: '评价文字',
  broadcasts: '群发收件人',
  visits: '来源访问',
  risk: '下单的地址与浏览器',
  claims: '认领码',
}

export const privacy = {
  personal: {
    title: (name: string, no: string) => `${name} 的个人数据（订单 ${no} 的买家）`,
    hint: '只在买家自己要求时导出或删除，导出的文件只交给买家本人。两样都会记入日志。',
    gone: '这位买家的个人数据已经删除，只剩代号。',
    exported: '这是这位买家的全部数据，不含卡密。请只交给买家本人。',
    erased: '已删除这位买家的个人数据。订单和账目保留在代号下。',
    retention: '数据保留天数',
    retentionHint: '每天夜里删除超期的数据。买家在 /privacy 里看到的就是这张表。',
    kinds,
    line: (name: string, days: number) => `${name}：${days} 天`,
    ask: (name: string) => `${name}保留多少天？7 到 3650 的整数。改短后，超期的数据今晚就会删除，无法恢复。`,
    set: (name: string, days: number) => `${name}现在保留 ${days} 天。`,
    unknownKind: '没有这一类数据。请从下面选。',
    badDays: '天数是 7 到 3650 的整数。',
  },
}
