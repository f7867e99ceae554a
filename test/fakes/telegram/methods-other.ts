import { z } from 'zod'
import { badRequest, conflict } from './errors.ts'
import { method } from './method.ts'
import { chatId, flag, int } from './schema.ts'
import { lengthOf } from './text.ts'

const kinds = z.array(z.string()).optional()

const getMe = method('nothing', z.strictObject({}), ({ bot }) => ({
  ...bot.me,
  can_join_groups: true,
  can_read_all_group_messages: bot.readsGroups,
  supports_inline_queries: false,
  can_connect_to_business: false,
  has_main_web_app: false,
}))

const getUpdates = method(
  'nothing',
  z.strictObject({
    offset: int.optional(),
    limit: int.optional(),
    timeout: int.optional(),
    allowed_updates: kinds,
  }),
  ({ bot, gone }, params) => {
    if (bot.webhook.isSet)
      throw conflict(
        "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      )
    bot.updates.allow(params.allowed_updates)
    return bot.updates.getUpdates(params, gone)
  },
)

const setWebhook = method(
  'nothing',
  z.strictObject({
    url: z.string(),
    ip_address: z.string().optional(),
    max_connections: int.optional(),
    allowed_updates: kinds,
    drop_pending_updates: flag.optional(),
    secret_token: z.string().optional(),
  }),
  ({ bot }, params) => {
    if (params.drop_pending_updates) bot.updates.forgetPending()
    bot.updates.allow(params.allowed_updates)
    if (params.url === '') bot.webhook.stop()
    else bot.webhook.start(params)
    return true
  },
)

const deleteWebhook = method(
  'nothing',
  z.strictObject({ drop_pending_updates: flag.optional() }),
  ({ bot }, params) => {
    if (params.drop_pending_updates) bot.updates.forgetPending()
    bot.webhook.stop()
    return true
  },
)

const getWebhookInfo = method('nothing', z.strictObject({}), ({ bot }) => bot.webhook.info())

const getFile = method('nothing', z.strictObject({ file_id: z.string() }), ({ bot }, { file_id }) =>
  bot.files.link(file_id),
)

const answerCallbackQuery = method(
  'nothing',
  z.strictObject({
    callback_query_id: z.string(),
    text: z.string().optional(),
    show_alert: flag.optional(),
    url: z.string().optional(),
    cache_time: int.optional(),
  }),
  ({ bot }, { callback_query_id, text, show_alert, url }) => {
    if (text !== undefined && lengthOf(text) > 200) throw badRequest('MESSAGE_TOO_LONG')
    if (url !== undefined && !url.startsWith(`https://t.me/${bot.me.username}?`)) throw badRequest('URL_INVALID')
    bot.callbacks.answer(callback_query_id, {
      ...(text && { text }),
      ...(show_alert !== undefined && { show_alert }),
      ...(url && { url }),
    })
    return true
  },
)

const answerPreCheckoutQuery = method(
  'nothing',
  z.strictObject({ pre_checkout_query_id: z.string(), ok: flag, error_message: z.string().optional() }),
  ({ bot }, { pre_checkout_query_id, ok, error_message }) => {
    if (!ok && !error_message) throw badRequest('ERROR_TEXT_EMPTY')
    bot.preCheckouts.answer(pre_checkout_query_id, { ok, ...(error_message && { error_message }) })
    return true
  },
)

const refundStarPayment = method(
  'nothing',
  z.strictObject({ user_id: int, telegram_payment_charge_id: z.string() }),
  ({ bot }, { user_id, telegram_payment_charge_id: chargeId }) => {
    const account = bot.accounts.get(user_id)
    if (!account) throw badRequest('USER_ID_INVALID')
    const refunded_payment = bot.payments.refund(user_id, chargeId)
    account.stars += refunded_payment.total_amount
    account.moves.push({ amount: refunded_payment.total_amount, chargeId, at: bot.now() })
    const { message } = bot.privateChat(account.user).add(account.user, { refunded_payment })
    bot.updates.push({ message })
    return true
  },
)

const getStarTransactions = method(
  'nothing',
  z.strictObject({ offset: int.optional(), limit: int.optional() }),
  ({ bot }, { offset = 0, limit = 100 }) => {
    if (offset < 0) throw badRequest('OFFSET_INVALID')
    if (limit < 1 || limit > 100) throw badRequest('LIMIT_INVALID')
    return { transactions: bot.payments.transactions.slice(offset, offset + limit) }
  },
)

const setMyCommands = method(
  'nothing',
  z.strictObject({
    commands: z.array(z.strictObject({ command: z.string(), description: z.string() })),
    scope: z
      .strictObject({
        type: z.enum([
          'default',
          'all_private_chats',
          'all_group_chats',
          'all_chat_administrators',
          'chat',
          'chat_administrators',
          'chat_member',
        ]),
        chat_id: chatId.optional(),
        user_id: int.optional(),
      })
      .optional(),
    language_code: z.string().optional(),
  }),
  ({ bot }, { commands, scope, language_code = '' }) => {
    if (commands.length > 100) throw badRequest('BOT_COMMANDS_TOO_MUCH')
    for (const { command, description } of commands) {
      if (!/^\/?[a-z0-9_]{1,32}$/.test(command)) throw badRequest('BOT_COMMAND_INVALID')
      const length = lengthOf(description)
      if (length < 1 || length > 256) throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID')
    }
    if (scope?.chat_id !== undefined) bot.reach(scope.chat_id)
    if (!/^([a-z]{2})?$/.test(language_code)) throw badRequest('LANG_CODE_INVALID')
    const where = scope?.chat_id === undefined ? (scope?.type ?? 'default') : `${scope.type}:${scope.chat_id}`
    bot.commands.set(`${where}/${language_code}`, commands)
    return true
  },
)

const getChat = method('nothing', z.strictObject({ chat_id: chatId.optional() }), ({ bot }, params) => ({
  ...bot.reach(params.chat_id).chat,
  accent_color_id: 0,
  max_reaction_count: 11,
  accepted_gift_types: {
    unlimited_gifts: false,
    limited_gifts: false,
    unique_gifts: false,
    premium_subscription: false,
    gifts_from_channels: false,
  },
}))

const leaveChat = method('nothing', z.strictObject({ chat_id: chatId.optional() }), ({ bot }, params) => {
  const chat = bot.reach(params.chat_id)
  if (chat.id > 0) throw badRequest("chat member status can't be changed in private chats")
  chat.botStatus = 'left'
  return true
})

export const otherMethods = {
  getMe,
  getUpdates,
  setWebhook,
  deleteWebhook,
  getWebhookInfo,
  getFile,
  answerCallbackQuery,
  answerPreCheckoutQuery,
  refundStarPayment,
  getStarTransactions,
  setMyCommands,
  getChat,
  leaveChat,
}
