import type { Bank } from './bank.ts'
import type { Chats } from './chats.ts'

/** What a process of the shop can ask of the world around it, which outlives it. */
export type Outside = ReturnType<typeof outside>

export const outside = ({ refund, recent }: Bank, { tell }: Chats) => ({ refund, recent, tell })
