import { randomUUID } from 'node:crypto'
import { FileBox } from 'file-box'
import type { Message, Sayable, Wechaty } from 'wechaty'
import { minutes } from '../../core/platform/clock.ts'
import { hasCode, KeytillError, Postponed } from '../../core/platform/errors.ts'
import type { Log } from '../../core/platform/log.ts'
import type { Channel } from '../dialogue/channel.ts'
import type { Capabilities, Option, Picture, RichText, Screen } from '../dialogue/screen.ts'
import type { Presence } from './presence.ts'

/** WeChat takes accounts that send much at once for machines, and says so by blocking them, in ms. */
const MARKETING_PAUSE = 1000

/** How long a text waits for the picture above it, in ms. */
const PICTURE_WITHIN = 10_000

/** How long an answer waits for an account that is away, in ms; what was asked longer ago is not acted on any more anyway. */
const REPLY_WITHIN = minutes(5)

/** How long what waits for an account that is away waits at least until it is tried again, in ms. */
const AWAY_PAUSE = 5000

const capabilities: Capabilities = {
  buttons: false,
  edit: false,
  delete: false,
  invoice: false,
  spoiler: false,
  copy: false,
  files: true,
  pictures: true,
  picturesApart: true,
  contact: false,
  textLength: 2000,
}

/** In what a way to WeChat differs from the usual. */
export interface Traits extends Partial<Pick<Capabilities, 'files' | 'tappable' | 'textLength' | 'textBytes'>> {
  /** Sends a menu whose lines can be tapped, which Wechaty has no means for; goes with `tappable`. */
  sayMenu?(chat: string, text: string, options: readonly Option[]): Promise<void>
  readonly perWord?: number
}

/**
 * WeChat as the dialogue sees it, on a Wechaty that is logged in. Other errors of `send` than the channel's own are
 * `wechat.logged_out` (postponed: nothing was handed over) and `wechat.send_failed`; both may be tried again.
 */
export function wechatChannel(
  wechaty: Wechaty,
  presence: Pick<Presence, 'there'>,
  log: Log,
  { sayMenu, perWord, ...differences }: Traits = {},
): Channel {
  const say = async (chat: string, sayable: Sayable): Promise<string> => {
    if (!wechaty.isLoggedIn) throw loggedOut()
    let said: Message | undefined
    try {
      const conversation = await (isRoom(chat) ? wechaty.Room : wechaty.Contact).find({ id: chat })
      if (!conversation) throw new Error('WeChat knows no such chat.')
      said = (await conversation.say(sayable)) ?? undefined
    } catch (error) {
      throw isTold(error) ? error : await refusal(wechaty, chat, error)
    }
    // Many puppets do not tell the id: nothing can be done with such a message later, but it still needs a name.
    return said?.id ?? randomUUID()
  }

  /** Who has asked something is answered when the account is back; a job comes again by itself. */
  const toBeThere = async (): Promise<void> => {
    await presence.there(REPLY_WITHIN).catch(() => {
      throw loggedOut()
    })
  }

  const sayPicture = async (chat: string, picture: Picture): Promise<void> => {
    try {
      await within(say(chat, pictureBox(picture)), PICTURE_WITHIN)
    } catch (error) {
      if (hasCode(error, 'chat.window_closed') || hasCode(error, 'chat.unreachable')) throw error
      log.warn({ err: error }, 'WeChat did not take a picture; its text goes without it')
    }
  }

  const send: Channel['send'] = async (chat, screen, priority) => {
    if (priority === 'reply') await toBeThere()
    if (screen.picture) await sayPicture(chat, screen.picture)
    const text = wechatText(screen.text)
    let id: string | undefined
    if (screen.options && sayMenu) await sayMenu(chat, text, screen.options)
    else if (text.trim() !== '') id = await say(chat, text)
    if (screen.file) id = await say(chat, fileBox(screen.file))
    return id ?? randomUUID()
  }

  return {
    name: 'wechat',
    capabilities: { ...capabilities, ...differences },
    marketingPause: MARKETING_PAUSE,
    ...(perWord === undefined ? {} : { perWord }),
    send,
    edit: (chat, _messageId, screen, priority) => send(chat, screen, priority),
    async remove(_chat, messageId) {
      try {
        return (await (await wechaty.Message.find({ id: messageId }))?.recall()) ?? false
      } catch (error) {
        log.debug({ err: error }, 'WeChat did not recall a message')
        return false
      }
    },
    async acknowledge(event, toast) {
      if (!toast?.text) return
      await toBeThere()
      await say(event.chat, toast.text)
    },
  }
}

/** Rooms of WeChat end in `@chatroom`, those of WeCom begin with `R:`. */
const isRoom = (chat: string): boolean => /@chatroom$|^R:/.test(chat)

/** The text as WeChat can show it: no styles, and the address of a link after its name. */
function wechatText(text: RichText): string {
  return text
    .map((span) => {
      if (typeof span === 'string') return span
      return 'link' in span && span.link !== span.text ? `${span.text}: ${span.link}` : span.text
    })
    .join('')
}

// Always from base64: some puppets throw at a box made from a buffer.
const fileBox = (file: NonNullable<Screen['file']>) =>
  FileBox.fromBase64(Buffer.from(file.bytes).toString('base64'), file.name)

function pictureBox(picture: Picture) {
  if ('url' in picture) return FileBox.fromUrl(picture.url)
  const kind = picture.mime.replace(/^image\/(x-)?/, '').replace(/\W.*$/, '')
  return FileBox.fromBase64(Buffer.from(picture.bytes).toString('base64'), `picture.${kind}`)
}

/** Whether whoever sends has said already what became of it. */
const isTold = (error: unknown): boolean => error instanceof KeytillError && /^(chat|wechat)\./.test(error.code)

/** What to make of a send that failed: whether it is the account, the person or only this time. */
async function refusal(wechaty: Wechaty, chat: string, cause: unknown): Promise<KeytillError> {
  if (!wechaty.isLoggedIn) return loggedOut()
  if (!isRoom(chat) && (await gone(wechaty, chat)))
    return new KeytillError('chat.unreachable', 'The person is no longer a contact of the WeChat account.', { cause })
  return new KeytillError('wechat.send_failed', 'WeChat did not take a message.', { cause })
}

/** Nothing was handed over. What waits for the account is tried soon, and not all at once. */
const loggedOut = (): Postponed =>
  new Postponed(
    'wechat.logged_out',
    'The WeChat account is logged out or its gateway away; log it in again.',
    AWAY_PAUSE * (1 + Math.random()),
  )

/**
 * True when WeChat says that it no longer knows the person. An error alone does not tell: a gateway gives one code to nearly all of
 * them, and one whose connection is lost knows nobody; it knows the account itself when it can be asked at all.
 */
async function gone({ puppet }: Wechaty, chat: string): Promise<boolean> {
  const lookUp = async (id: string) => {
    // of the puppet: Wechaty's own look-up turns every failure into "not found"
    await puppet.contactPayloadDirty(id)
    return puppet.contactPayload(id)
  }
  try {
    return (await lookUp(chat)).friend === false
  } catch {
    if (!puppet.isLoggedIn) return false
    return lookUp(puppet.currentUserId).then(
      () => true,
      () => false,
    )
  }
}

/** @throws KeytillError `wechat.slow` when `promise` is not settled within `ms` */
async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new KeytillError('wechat.slow', `WeChat took longer than ${ms} ms.`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
