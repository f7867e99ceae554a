import { z } from 'zod'
import type { Chat, Stored } from './chats.ts'
import { badRequest } from './errors.ts'
import { asDocument, asPhoto } from './files.ts'
import { checkKeyboard } from './keyboard.ts'
import { type CallContext, method } from './method.ts'
import {
  type AnyMarkup,
  anyMarkup,
  captioned,
  entities,
  flag,
  inlineKeyboard,
  int,
  linkPreview,
  sending,
} from './schema.ts'
import { formatText, lengthOf } from './text.ts'
import type { Entity, TgMessage } from './types.ts'

interface Sending {
  chat_id?: number | string | undefined
  protect_content?: boolean | undefined
  reply_parameters?: { message_id: number; allow_sending_without_reply?: boolean | undefined } | undefined
  reply_markup?: AnyMarkup | undefined
}

function send(
  { bot }: CallContext,
  params: Sending,
  content: Partial<TgMessage>,
  extra: Partial<Pick<Stored, 'invoicePayload'>> = {},
): TgMessage {
  const chat = bot.reach(params.chat_id)
  const keyboard = checkKeyboard(params.reply_markup, {
    private: chat.id > 0,
    invoice: content.invoice !== undefined,
  })
  const { reply_parameters: reply, protect_content, reply_markup } = params
  const target = reply && chat.find(reply.message_id)
  if (reply && !target && !reply.allow_sending_without_reply) throw badRequest('message to be replied not found')
  const message: Partial<TgMessage> = {
    ...(target && { reply_to_message: { ...target.message, reply_to_message: undefined } }),
    ...content,
    ...(keyboard && { reply_markup: keyboard }),
    ...(protect_content && { has_protected_content: true }),
  }
  const replyKeyboard = reply_markup !== undefined && !('inline_keyboard' in reply_markup)
  if (reply_markup && 'remove_keyboard' in reply_markup) chat.keyboard = undefined
  if (reply_markup && 'keyboard' in reply_markup) chat.keyboard = keysOf(reply_markup, chat.id > 0)
  return chat.add(bot.me, message, { ...extra, replyKeyboard }).message
}

type ReplyKeyboard = Extract<AnyMarkup, { keyboard: unknown }>

/** The keys of a keyboard. Throws ApiError. */
function keysOf({ keyboard }: ReplyKeyboard, isPrivate: boolean): NonNullable<Chat['keyboard']> {
  const keys = keyboard
    .flat()
    .map((key) =>
      typeof key === 'string'
        ? { label: key, asksContact: false }
        : { label: key.text, asksContact: key.request_contact ?? false },
    )
  if (!isPrivate && keys.some(({ asksContact }) => asksContact))
    throw badRequest('phone number can be requested in private chats only')
  return keys
}

interface Captioned {
  caption?: string | undefined
  parse_mode?: string | undefined
  caption_entities?: Entity[] | undefined
}

/** The caption as stored. Throws ApiError. */
export function formatCaption(params: Captioned): Pick<TgMessage, 'caption' | 'caption_entities'> {
  const { caption = '', parse_mode, caption_entities } = params
  const formatted = formatText({ text: caption, entities: caption_entities, parse_mode })
  if (lengthOf(formatted.text) > 1024) throw badRequest('message caption is too long')
  return { caption: formatted.text || undefined, caption_entities: formatted.entities }
}

/** The text as stored; `tooLong` is the wording, which differs between sending and editing. Throws ApiError. */
export function formatBody(
  params: { text?: string | undefined; entities?: Entity[] | undefined; parse_mode?: string | undefined },
  tooLong: string,
): Pick<TgMessage, 'text' | 'entities'> {
  const { text = '', ...rest } = params
  if (text === '') throw badRequest('message text is empty')
  const formatted = formatText({ text, ...rest })
  if (formatted.text === '') throw badRequest('text must be non-empty')
  if (lengthOf(formatted.text) > 4096) throw badRequest(tooLong)
  return formatted
}

const sendMessage = method(
  'message',
  z.strictObject({
    ...sending,
    text: z.string().optional(),
    parse_mode: z.string().optional(),
    entities: entities.optional(),
    link_preview_options: linkPreview.optional(),
    reply_markup: anyMarkup.optional(),
  }),
  (context, params) => {
    const { text, entities, parse_mode } = params
    return send(context, params, formatBody({ text, entities, parse_mode }, 'message is too long'))
  },
)

const sendPhoto = method(
  'message',
  z.strictObject({
    ...sending,
    ...captioned,
    photo: z.string().optional(),
    show_caption_above_media: flag.optional(),
    has_spoiler: flag.optional(),
    reply_markup: anyMarkup.optional(),
  }),
  (context, params) => {
    const caption = formatCaption(params)
    const photo = asPhoto(context.bot.files.resolve('photo', 'photo', params.photo, context.uploads))
    return send(context, params, { photo, ...caption, ...(params.has_spoiler && { has_media_spoiler: true }) })
  },
)

const sendDocument = method(
  'message',
  z.strictObject({
    ...sending,
    ...captioned,
    document: z.string().optional(),
    thumbnail: z.string().optional(),
    disable_content_type_detection: flag.optional(),
    reply_markup: anyMarkup.optional(),
  }),
  (context, params) => {
    const caption = formatCaption(params)
    const document = asDocument(context.bot.files.resolve('document', 'document', params.document, context.uploads))
    return send(context, params, { document, ...caption })
  },
)

const sendInvoice = method(
  'message',
  z.strictObject({
    ...sending,
    title: z.string(),
    description: z.string(),
    payload: z.string(),
    provider_token: z.string().optional(),
    currency: z.string(),
    prices: z.array(z.strictObject({ label: z.string(), amount: int })),
    max_tip_amount: int.optional(),
    suggested_tip_amounts: z.array(int).optional(),
    start_parameter: z.string().optional(),
    provider_data: z.string().optional(),
    photo_url: z.string().optional(),
    photo_size: int.optional(),
    photo_width: int.optional(),
    photo_height: int.optional(),
    need_name: flag.optional(),
    need_phone_number: flag.optional(),
    need_email: flag.optional(),
    need_shipping_address: flag.optional(),
    send_phone_number_to_provider: flag.optional(),
    send_email_to_provider: flag.optional(),
    is_flexible: flag.optional(),
    reply_markup: inlineKeyboard.optional(),
  }),
  (context, params) => {
    const { title, description, payload, currency, prices, start_parameter = '' } = params
    const size = Buffer.byteLength(payload)
    if (size < 1 || size > 128) throw badRequest('INVOICE_PAYLOAD_INVALID')
    if (lengthOf(title) < 1 || lengthOf(title) > 32) throw badRequest('INVOICE_TITLE_INVALID')
    if (lengthOf(description) < 1 || lengthOf(description) > 255) throw badRequest('INVOICE_DESCRIPTION_INVALID')
    if (currency !== 'XTR') throw badRequest('PAYMENT_PROVIDER_INVALID')
    const [price] = prices
    const asksForMore =
      params.provider_token ||
      params.max_tip_amount ||
      params.is_flexible ||
      params.need_name ||
      params.need_email ||
      params.need_phone_number ||
      params.need_shipping_address
    if (!price || prices.length !== 1 || asksForMore) throw badRequest('STARS_INVOICE_INVALID')
    if (price.amount < 1 || price.amount > MAX_STARS) throw badRequest('CURRENCY_TOTAL_AMOUNT_INVALID')
    if (start_parameter && !/^[\w-]{1,64}$/.test(start_parameter)) throw badRequest('START_PARAM_INVALID')
    const invoice = { title, description, start_parameter, currency, total_amount: price.amount }
    const pay = { inline_keyboard: [[{ text: `Pay ⭐️${price.amount}`, pay: true }]] }
    const reply_markup = params.reply_markup?.inline_keyboard.flat().length ? params.reply_markup : pay
    return send(context, { ...params, reply_markup }, { invoice }, { invoicePayload: payload })
  },
)

/** Telegram takes no invoice above this. */
const MAX_STARS = 100_000

const sendChatAction = method(
  'overall',
  z.strictObject({
    chat_id: sending.chat_id,
    message_thread_id: int.optional(),
    action: z.enum(['typing', 'upload_photo', 'upload_document', 'choose_sticker', 'find_location']),
  }),
  ({ bot }, params) => {
    bot.reach(params.chat_id)
    return true
  },
)

export const sendMethods = { sendMessage, sendPhoto, sendDocument, sendInvoice, sendChatAction }
