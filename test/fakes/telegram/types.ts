/** The part of the Bot API's wire types that this fake speaks, written by hand so that it depends on no client library. */

export interface TgUser {
  id: number
  is_bot: boolean
  first_name: string
  last_name?: string | undefined
  username?: string | undefined
  language_code?: string | undefined
}

export interface TgChat {
  id: number
  type: 'private' | 'supergroup'
  title?: string | undefined
  first_name?: string | undefined
  username?: string | undefined
}

export interface Entity {
  type: string
  offset: number
  length: number
  url?: string | undefined
  language?: string | undefined
  custom_emoji_id?: string | undefined
  user?: TgUser | undefined
}

export interface Button {
  text: string
  callback_data?: string | undefined
  url?: string | undefined
  copy_text?: { text: string } | undefined
  web_app?: { url: string } | undefined
  switch_inline_query?: string | undefined
  switch_inline_query_current_chat?: string | undefined
  pay?: boolean | undefined
  style?: string | undefined
  icon_custom_emoji_id?: string | undefined
  hide?: boolean | undefined
}

export interface Keyboard {
  inline_keyboard: Button[][]
}

export interface TgDocument {
  file_id: string
  file_unique_id: string
  file_name?: string | undefined
  mime_type?: string | undefined
  file_size: number
}

export interface TgPhotoSize {
  file_id: string
  file_unique_id: string
  width: number
  height: number
  file_size: number
}

interface TgInvoice {
  title: string
  description: string
  start_parameter: string
  currency: string
  total_amount: number
}

export interface TgPayment {
  currency: string
  total_amount: number
  invoice_payload: string
  telegram_payment_charge_id: string
  provider_payment_charge_id: string
}

interface TgContact {
  phone_number: string
  first_name: string
  last_name?: string | undefined
  user_id?: number | undefined
}

export interface TgMessage {
  message_id: number
  from: TgUser
  chat: TgChat
  date: number
  edit_date?: number | undefined
  text?: string | undefined
  entities?: Entity[] | undefined
  caption?: string | undefined
  caption_entities?: Entity[] | undefined
  photo?: TgPhotoSize[] | undefined
  has_media_spoiler?: boolean | undefined
  document?: TgDocument | undefined
  contact?: TgContact | undefined
  invoice?: TgInvoice | undefined
  successful_payment?: TgPayment | undefined
  refunded_payment?: TgPayment | undefined
  reply_to_message?: TgMessage | undefined
  reply_markup?: Keyboard | undefined
  has_protected_content?: boolean | undefined
}

/** What Telegram puts in a callback query when the message is gone: `date` is 0. */
interface InaccessibleMessage {
  message_id: number
  chat: TgChat
  date: 0
}

interface CallbackQuery {
  id: string
  from: TgUser
  message: TgMessage | InaccessibleMessage
  chat_instance: string
  data: string
}

interface PreCheckoutQuery {
  id: string
  from: TgUser
  currency: string
  total_amount: number
  invoice_payload: string
}

interface ChatMemberUpdated {
  chat: TgChat
  from: TgUser
  date: number
  old_chat_member: { user: TgUser; status: string }
  new_chat_member: { user: TgUser; status: string }
}

export interface UpdateBody {
  message?: TgMessage
  edited_message?: TgMessage
  callback_query?: CallbackQuery
  pre_checkout_query?: PreCheckoutQuery
  my_chat_member?: ChatMemberUpdated
}

export interface TgUpdate extends UpdateBody {
  update_id: number
}

export interface StarTransaction {
  id: string
  amount: number
  date: number
  source?: TransactionPartner
  receiver?: TransactionPartner
}

interface TransactionPartner {
  type: 'user'
  transaction_type: 'invoice_payment'
  user: TgUser
  invoice_payload: string
}
