import type { TicketState } from '../../../../../core/support/model.ts'

export const tickets = {
  ticketTitle: (id: number) => `工单 ${id}`,
  ticketFrom: (name: string, channel: string) => `买家：${name}（${channel}）`,
  ticketBuyer: '买家',
  ticketStaff: '员工',
  ticketMessage: (who: string, time: string) => `${who} · ${time}`,
  ticketReply: '💬 回复',
  ticketAsk: (id: number) => `请发送给工单 ${id} 的回复，最多 2000 字。买家会收到。`,
  ticketAskNo: '请写上工单号，例如 /ticket 12；/tickets 列出待回复的工单。',
  ticketState: (state: string) => `状态：${state}`,
  ticketStates: { open: '待回复', answered: '已回复', closed: '已关闭' } satisfies Record<TicketState, string>,
  ticketClose: '✔️ 关闭',
  ticketsButton: (waiting: number) => (waiting > 0 ? `💬 工单（${waiting}）` : '💬 工单'),
  ticketTooLong: '太长了，请控制在 2000 字以内。',
  ticketSent: '已发给买家。',
  ticketUnknown: '没有这个工单。',
}
