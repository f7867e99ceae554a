import type { Update } from 'grammy/types'
import { z } from 'zod'

const person = z.object({ id: z.int(), language_code: z.string().optional() })
const chat = z.object({ id: z.int(), type: z.string() })
const text = z.string().optional()
const money = z.object({ telegram_payment_charge_id: z.string(), invoice_payload: z.string() })

/** Of all that Telegram may tell, what this shop reads. */
const form = z.object({
  update_id: z.int(),
  message: z
    .object({
      message_id: z.int(),
      date: z.int(),
      chat,
      from: person.optional(),
      text,
      caption: text,
      document: z.object({ file_id: z.string(), file_name: text, mime_type: text }).optional(),
      photo: z.array(z.object({ file_id: z.string(), width: z.int(), height: z.int() })).optional(),
      contact: z.object({ phone_number: z.string() }).optional(),
      successful_payment: money.extend({ total_amount: z.int(), currency: z.string() }).optional(),
      refunded_payment: money.optional(),
    })
    .optional(),
  callback_query: z
    .object({ id: z.string(), from: person, data: text, message: z.object({ message_id: z.int(), chat }).optional() })
    .optional(),
  pre_checkout_query: z
    .object({
      id: z.string(),
      from: person,
      currency: z.string(),
      total_amount: z.int(),
      invoice_payload: z.string(),
    })
    .optional(),
  my_chat_member: z.object({ chat }).optional(),
})

/** Whether an update is as Telegram says it makes them, in all that is read of it. */
export const isReadable = (update: Update): boolean => form.safeParse(update).success
