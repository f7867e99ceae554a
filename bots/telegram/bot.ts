import { type Clock, seconds } from '../../core/platform/clock.ts'
import { KeytillError } from '../../core/platform/errors.ts'
import type { Log } from '../../core/platform/log.ts'
import type { Settings } from '../../core/platform/settings.ts'
import type { Accept, Channel, Decode } from '../dialogue/channel.ts'
import { type BotApi, botIdOf, isRefusal, TelegramError } from './api.ts'
import { telegramChannel } from './channel.ts'
import type { Cashier } from './checkout.ts'
import { type CommandMenus, setCommands } from './commands.ts'
import { createDecode } from './decode.ts'
import { fileLoader } from './files.ts'
import { ALLOWED, createIntake, type Intake } from './intake.ts'
import { backoff, type Polling, rest, startPolling } from './polling.ts'
import { createSender } from './sending.ts'
import { createWebhook, type Webhook, webhookSecret } from './webhook.ts'

/** What one bot is, whichever library makes its calls. */
export interface BotParts {
  /** of its channel */
  readonly name: string
  readonly token: string
  /** the setting that holds the token, named where it is to be changed */
  readonly setting: string
  readonly api: BotApi
  /** whether it takes payments inside the chat */
  readonly invoice: boolean
  readonly settings: Pick<Settings, 'TELEGRAM_API_ROOT' | 'TELEGRAM_WEBHOOK' | 'PUBLIC_URL'>
  readonly log: Log
  readonly now: Clock
}

/** What a bot needs of an open shop. */
export interface BotPorts {
  readonly accept: Accept
  readonly commands: CommandMenus
  /**
   * Telegram gives updates to one poller only: the leadership of whoever polls, undefined while another process has it. Rejects
   * when nobody can know.
   */
  readonly lead: () => Promise<{ readonly over: AbortSignal; resign(): void } | undefined>
}

export interface Bot {
  /** the account's id, the same in every process */
  readonly botId: string
  readonly channel: Channel
  /** of a kept update */
  readonly decode: Decode
  /** present when Telegram is to call us; serve it before `start` */
  readonly webhook: Webhook | undefined
  /** Where people find the bot, with what it is to be told when they come by this link; undefined until Telegram has told its name. */
  link(payload?: string): string | undefined
  /**
   * Begins to hear; `cashier` answers pre-checkout queries. While Telegram cannot be reached it resolves all the same and goes
   * on trying.
   * @throws KeytillError `telegram.token` when Telegram does not know the token
   */
  start(ports: BotPorts, cashier?: Cashier): Promise<void>
  /** Stops hearing and tells Telegram what was committed. Answers to what was heard can still be sent for a few seconds. */
  close(): Promise<void>
}

/** How soon another process polls when this one's leadership is over, and how soon it is asked again who leads, in ms. */
const STAND_BY = seconds(1)
/** How long messages can still be sent after the bot was closed, in ms. */
const LAST_ANSWERS = seconds(5)

/** A bot on Telegram. Nothing goes over the network before `start`. */
export function createBot({ name, token, setting, api, invoice, settings, log, now }: BotParts): Bot {
  const { TELEGRAM_API_ROOT: apiRoot } = settings
  const botId = botIdOf(token)
  const sender = createSender({ now, log })
  const stop = new AbortController()
  const stopped = stop.signal
  let username: string | undefined
  /** set while the bot hears: what a webhook hands updates to */
  let intake: Intake | undefined
  const webhook = settings.TELEGRAM_WEBHOOK ? createWebhook(token, () => intake, log) : undefined
  let polling: Polling | undefined
  let leading: Promise<void> = Promise.resolve()
  let listening: Promise<void> = Promise.resolve()

  /** Introduces us to Telegram and begins to hear. @throws KeytillError `telegram.token`; TelegramError */
  const listen = async (open: Intake, { commands, lead }: BotPorts): Promise<void> => {
    try {
      username = (await api.call('getMe', {})).username
      if (webhook) {
        const url = `${settings.PUBLIC_URL}${webhook.path}`
        await api.call('setWebhook', { url, secret_token: webhookSecret(token), allowed_updates: ALLOWED })
      } else await api.call('deleteWebhook', {})
    } catch (error) {
      // It answers 404 to a token that does not even look like one.
      if (!isRefusal(error, 401) && !isRefusal(error, 404)) throw error
      throw new KeytillError(
        'telegram.token',
        `Telegram does not know this bot: set ${setting} to the token that BotFather gives.`,
      )
    }
    if (stopped.aborted) return
    if (!webhook) leading = pollInTurn(open, lead)
    void setCommands(api, commands, log)
  }

  /**
   * Polls for as long as no other process does. While nobody can know who leads, because the database is away, who has led goes
   * on: people have to be told, and nothing is confirmed to Telegram that is not committed. Two that poll for a moment lose
   * nothing either.
   */
  const pollInTurn = async (open: Intake, lead: BotPorts['lead']): Promise<void> => {
    while (!stopped.aborted) {
      try {
        const leadership = await lead()
        if (leadership) {
          polling ??= startPolling({ api, setting, intake: open, log })
          await untilEither(leadership.over, stopped)
          if (stopped.aborted) await endPolling()
          leadership.resign()
        } else await endPolling()
      } catch (err) {
        log.debug({ err }, 'it cannot be known which process is to poll Telegram')
      }
      await rest(STAND_BY, stopped)
    }
  }

  const endPolling = async (): Promise<void> => {
    const mine = polling
    polling = undefined
    await mine?.close()
  }

  const listenLater = async (open: Intake, ports: BotPorts): Promise<void> => {
    for (let failures = 1; !stopped.aborted; failures++) {
      await rest(backoff(failures), stopped)
      if (stopped.aborted) return
      try {
        return await listen(open, ports)
      } catch (err) {
        log.warn({ err, failures }, 'Telegram cannot be reached; trying again')
      }
    }
  }

  const link: Bot['link'] = (payload) =>
    username === undefined ? undefined : `https://t.me/${username}${payload === undefined ? '' : `?start=${payload}`}`

  return {
    botId,
    channel: telegramChannel({ name, invoice, api, sender, log, link }),
    decode: createDecode({ botId, username: () => username, load: fileLoader({ api, token, apiRoot }), now }),
    webhook,
    link,
    async start(ports, cashier) {
      const open = createIntake(botId, ports.accept, log, cashier)
      intake = open
      try {
        await listen(open, ports)
      } catch (err) {
        if (!(err instanceof TelegramError)) throw err
        log.warn({ err }, 'Telegram cannot be reached; trying again')
        listening = listenLater(open, ports)
      }
    },
    async close() {
      stop.abort()
      intake = undefined
      await listening
      await leading
      await endPolling()
      sender.close(LAST_ANSWERS)
    },
  }
}

function untilEither(...signals: readonly AbortSignal[]): Promise<void> {
  const either = AbortSignal.any([...signals])
  return new Promise((resolve) => {
    if (either.aborted) resolve()
    else either.addEventListener('abort', () => resolve())
  })
}
