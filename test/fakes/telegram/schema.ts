import { z } from 'zod'

/** What each parameter may look like; forms send everything as strings. */
export const int = z.union([
  z.number().int(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
])
export const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')])
export const chatId = z.union([int, z.string().startsWith('@')])

const user = z.strictObject({
  id: int,
  is_bot: flag,
  first_name: z.string(),
  last_name: z.string().optional(),
  username: z.string().optional(),
  language_code: z.string().optional(),
})

export const entities = z.array(
  z.strictObject({
    type: z.string(),
    offset: int,
    length: int,
    url: z.string().optional(),
    user: user.optional(),
    language: z.string().optional(),
    custom_emoji_id: z.string().optional(),
    unix_time: int.optional(),
    date_time_format: z.string().optional(),
  }),
)

const button = z.strictObject({
  text: z.string(),
  icon_custom_emoji_id: z.string().optional(),
  style: z.enum(['danger', 'success', 'primary']).optional(),
  url: z.string().optional(),
  callback_data: z.string().optional(),
  web_app: z.strictObject({ url: z.string() }).optional(),
  switch_inline_query: z.string().optional(),
  switch_inline_query_current_chat: z.string().optional(),
  copy_text: z.strictObject({ text: z.string() }).optional(),
  pay: flag.optional(),
  /** Telegraf sends it with every button; Telegram ignores it. */
  hide: flag.optional(),
})

export const inlineKeyboard = z.strictObject({ inline_keyboard: z.array(z.array(button)) })

const replyButton = z.union([
  z.string(),
  z.strictObject({
    text: z.string(),
    icon_custom_emoji_id: z.string().optional(),
    style: z.enum(['danger', 'success', 'primary']).optional(),
    request_contact: flag.optional(),
    request_location: flag.optional(),
    web_app: z.strictObject({ url: z.string() }).optional(),
    hide: flag.optional(),
  }),
])

const replyKeyboard = z.strictObject({
  keyboard: z.array(z.array(replyButton)),
  is_persistent: flag.optional(),
  resize_keyboard: flag.optional(),
  one_time_keyboard: flag.optional(),
  input_field_placeholder: z.string().min(1).max(64).optional(),
  selective: flag.optional(),
})

const removeKeyboard = z.strictObject({ remove_keyboard: z.literal(true), selective: flag.optional() })

const forceReply = z.strictObject({
  force_reply: z.literal(true),
  input_field_placeholder: z.string().min(1).max(64).optional(),
  selective: flag.optional(),
})

export const anyMarkup = z.union([inlineKeyboard, replyKeyboard, removeKeyboard, forceReply])
export type AnyMarkup = z.output<typeof anyMarkup>

const replyParameters = z.strictObject({
  message_id: int,
  chat_id: chatId.optional(),
  allow_sending_without_reply: flag.optional(),
  quote: z.string().optional(),
  quote_parse_mode: z.string().optional(),
  quote_entities: entities.optional(),
  quote_position: int.optional(),
})

export const linkPreview = z.strictObject({
  is_disabled: flag.optional(),
  url: z.string().optional(),
  prefer_small_media: flag.optional(),
  prefer_large_media: flag.optional(),
  show_above_text: flag.optional(),
})

/** What every method that sends a message takes. */
export const sending = {
  chat_id: chatId.optional(),
  message_thread_id: int.optional(),
  disable_notification: flag.optional(),
  protect_content: flag.optional(),
  allow_paid_broadcast: flag.optional(),
  message_effect_id: z.string().optional(),
  reply_parameters: replyParameters.optional(),
}

/** How a text or caption may be formatted. */
export const captioned = {
  caption: z.string().optional(),
  parse_mode: z.string().optional(),
  caption_entities: entities.optional(),
}

/** What every method that edits a message takes. */
export const editing = {
  chat_id: chatId.optional(),
  message_id: int.optional(),
  reply_markup: inlineKeyboard.optional(),
}
