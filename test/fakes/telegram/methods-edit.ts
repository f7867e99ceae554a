import { z } from 'zod'
import type { Chat, Stored } from './chats.ts'
import { badRequest } from './errors.ts'
import { asDocument, asPhoto } from './files.ts'
import { checkKeyboard } from './keyboard.ts'
import { type CallContext, method } from './method.ts'
import { formatBody, formatCaption } from './methods-send.ts'
import { type AnyMarkup, captioned, chatId, editing, entities, flag, int, linkPreview } from './schema.ts'
import type { TgMessage } from './types.ts'

const DELETABLE_MS = 48 * 60 * 60_000

interface Editing {
  chat_id?: number | string | undefined
  message_id?: number | undefined
  reply_markup?: AnyMarkup | undefined
}

/** The message an edit is about. Throws ApiError. */
function target({ bot }: CallContext, params: Editing): { chat: Chat; stored: Stored } {
  const chat = bot.reach(params.chat_id)
  if (params.message_id === undefined) throw badRequest('message identifier is not specified')
  const stored = chat.find(params.message_id)
  if (!stored) throw badRequest('message to edit not found')
  if (!stored.fromBot || stored.replyKeyboard) throw badRequest("message can't be edited")
  return { chat, stored }
}

/** Applies an edit; a keyboard that is not named is removed, as Telegram does. */
function apply(found: { chat: Chat; stored: Stored }, params: Editing, content: Partial<TgMessage>): TgMessage {
  const { chat, stored } = found
  const place = { private: chat.id > 0, invoice: stored.message.invoice !== undefined }
  const change = { ...content, reply_markup: checkKeyboard(params.reply_markup, place) }
  const before: Record<string, unknown> = { ...stored.message }
  const same = Object.entries(change).every(([key, value]) => JSON.stringify(before[key]) === JSON.stringify(value))
  if (same)
    throw badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current ' +
        'content and reply markup of the message',
    )
  chat.change(stored, change)
  return stored.message
}

const editMessageText = method(
  'overall',
  z.strictObject({
    ...editing,
    text: z.string().optional(),
    parse_mode: z.string().optional(),
    entities: entities.optional(),
    link_preview_options: linkPreview.optional(),
  }),
  (context, params) => {
    const { text, entities, parse_mode } = params
    const body = formatBody({ text, entities, parse_mode }, 'MESSAGE_TOO_LONG')
    const found = target(context, params)
    if (found.stored.message.text === undefined) throw badRequest('there is no text in the message to edit')
    return apply(found, params, body)
  },
)

const editMessageCaption = method(
  'overall',
  z.strictObject({ ...editing, ...captioned, show_caption_above_media: flag.optional() }),
  (context, params) => {
    const caption = formatCaption(params)
    const found = target(context, params)
    const { photo, document } = found.stored.message
    if (!photo && !document) throw badRequest('there is no caption in the message to edit')
    return apply(found, params, caption)
  },
)

const editMessageMedia = method(
  'overall',
  z.strictObject({
    ...editing,
    media: z.strictObject({
      ...captioned,
      type: z.enum(['photo', 'document']),
      media: z.string(),
      has_spoiler: flag.optional(),
      show_caption_above_media: flag.optional(),
      disable_content_type_detection: flag.optional(),
    }),
  }),
  (context, params) => {
    const { media } = params
    const caption = formatCaption(media)
    const found = target(context, params)
    const { text, photo, document } = found.stored.message
    if (text === undefined && !photo && !document) throw badRequest('there is no media in the message to edit')
    const file = context.bot.files.resolve(media.type, 'media', media.media, context.uploads)
    const content = media.type === 'photo' ? { photo: asPhoto(file) } : { document: asDocument(file) }
    const cleared = { text: undefined, entities: undefined, photo: undefined, document: undefined }
    return apply(found, params, { ...cleared, ...content, ...caption })
  },
)

const editMessageReplyMarkup = method('overall', z.strictObject(editing), (context, params) =>
  apply(target(context, params), params, {}),
)

/** Throws ApiError when the bot may not delete it. */
function checkDeletable(chat: Chat, stored: Stored, now: number): void {
  if (now - stored.at >= DELETABLE_MS) throw badRequest("message can't be deleted for everyone")
  const foreignInGroup = !stored.fromBot && chat.id < 0 && chat.botStatus !== 'administrator'
  if (foreignInGroup) throw badRequest("message can't be deleted")
}

const deleteMessage = method(
  'nothing',
  z.strictObject({ chat_id: chatId.optional(), message_id: int.optional() }),
  ({ bot }, params) => {
    const chat = bot.reach(params.chat_id)
    if (params.message_id === undefined) throw badRequest('message identifier is not specified')
    const stored = chat.find(params.message_id)
    if (!stored) throw badRequest('message to delete not found')
    checkDeletable(chat, stored, bot.now())
    chat.remove(stored)
    return true
  },
)

const deleteMessages = method(
  'nothing',
  z.strictObject({ chat_id: chatId.optional(), message_ids: z.array(int) }),
  ({ bot }, params) => {
    const chat = bot.reach(params.chat_id)
    const { message_ids } = params
    if (message_ids.length === 0) throw badRequest('message identifiers are not specified')
    if (message_ids.length > 100) throw badRequest('too many message identifiers specified')
    const found = message_ids.flatMap((id) => chat.find(id) ?? [])
    for (const stored of found) checkDeletable(chat, stored, bot.now())
    for (const stored of found) chat.remove(stored)
    return true
  },
)

export const editMethods = {
  editMessageText,
  editMessageCaption,
  editMessageMedia,
  editMessageReplyMarkup,
  deleteMessage,
  deleteMessages,
}
