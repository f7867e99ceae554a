import type { tickets as Zh } from '../../zh/staff/tickets.ts'

export const tickets: typeof Zh = {
  ticketTitle: (id) => `Ticket ${id}`,
  ticketFrom: (name, channel) => `Buyer: ${name} (${channel})`,
  ticketBuyer: 'Buyer',
  ticketStaff: 'Staff',
  ticketMessage: (who, time) => `${who} · ${time}`,
  ticketReply: '💬 Reply',
  ticketAsk: (id) => `Send your answer to ticket ${id}, up to 2,000 characters. The buyer gets it.`,
  ticketAskNo: 'Add the ticket’s number, for example /ticket 12; /tickets lists those that wait for an answer.',
  ticketState: (state) => `State: ${state}`,
  ticketStates: { open: 'waits for an answer', answered: 'answered', closed: 'closed' },
  ticketClose: '✔️ Close',
  ticketsButton: (waiting) => (waiting > 0 ? `💬 Tickets (${waiting})` : '💬 Tickets'),
  ticketTooLong: 'That is too long: at most 2,000 characters, please.',
  ticketSent: 'Sent to the buyer.',
  ticketUnknown: 'There is no such ticket.',
}
