import type { InputFile, InputMediaDocument, InputMediaPhoto } from 'grammy/types'
import type { Log } from '../../core/platform/log.ts'
import { type BotApi, isRefusal } from './api.ts'
import { Bounded } from './bounded.ts'
import { keyboard, ownKeyboard } from './keyboard.ts'
import type { Part } from './parts.ts'
import { cut } from './text.ts'

type Photo = Extract<Part, { kind: 'photo' }>
type Media = Photo | Extract<Part, { kind: 'document' }>

/** The calls that put one part of a screen into a chat, each exactly one call unless Telegram refuses a picture. */
export interface Placing {
  /** Sends a new message and returns its id. @throws TelegramError */
  create(chat: number, part: Part): Promise<number>
  /**
   * Puts the part in place of a message; false when Telegram cannot, for instance because the message is gone.
   * @throws TelegramError when it may work later
   */
  replace(chat: number, message: number, part: Exclude<Part, { kind: 'invoice' }>): Promise<boolean>
}

const PICTURES_REMEMBERED = 1000

export function createPlacing(api: BotApi, log: Log): Placing {
  /** what Telegram calls the pictures that it has already been sent */
  const uploaded = new Bounded<string>(PICTURES_REMEMBERED)

  /** Makes a call with the picture, uploading it only when Telegram does not have it; a secret one is not remembered. */
  async function withPicture<R extends { photo?: { file_id: string }[] } | true>(
    { picture, secret }: Photo,
    call: (media: string | InputFile) => Promise<R>,
  ): Promise<R> {
    if ('url' in picture) return call(picture.url)
    const upload = () => call(api.file(picture.bytes, `picture.${picture.mime.split('/')[1] ?? 'png'}`))
    if (secret) return upload()
    const known = uploaded.get(picture.id)
    if (known !== undefined) {
      try {
        return await call(known)
      } catch (error) {
        if (!isRefusal(error, 400, /file identifier/i)) throw error
        uploaded.delete(picture.id)
      }
    }
    const answer = await upload()
    const id = answer === true ? undefined : answer.photo?.at(-1)?.file_id
    if (id !== undefined) uploaded.set(picture.id, id)
    return answer
  }

  async function createPhoto(chat: number, part: Photo): Promise<number> {
    const { text, entities } = part.text
    try {
      const sent = await withPicture(part, (photo) =>
        api.call('sendPhoto', {
          chat_id: chat,
          photo,
          caption: text,
          caption_entities: entities,
          ...covered(part),
          ...extras(part),
        }),
      )
      return sent.message_id
    } catch (error) {
      if (!isRefusal(error, 400, PICTURE) || text === '') throw error
      log.warn({ err: error }, 'Telegram did not take a picture; its text goes without it')
      return create(chat, { ...part, kind: 'text' })
    }
  }

  async function create(chat: number, part: Part): Promise<number> {
    const { text, entities } = part.text
    switch (part.kind) {
      case 'text': {
        const message = {
          chat_id: chat,
          text,
          entities,
          link_preview_options: PLAIN,
          ...extras(part),
          ...instead(part),
        }
        return (await api.call('sendMessage', message)).message_id
      }
      case 'photo':
        return createPhoto(chat, part)
      case 'document': {
        const document = api.file(part.file.bytes, part.file.name)
        const captioned = { caption: text, caption_entities: entities, ...extras(part) }
        return (await api.call('sendDocument', { chat_id: chat, document, ...captioned })).message_id
      }
      case 'invoice': {
        const { title, description, payload, currency, amount, label } = part.invoice
        const sent = await api.call('sendInvoice', {
          chat_id: chat,
          title: cut(title, 32),
          description: cut(description, 255),
          payload,
          currency,
          prices: [{ label, amount }],
          provider_token: '',
          // With it a forwarded invoice cannot be paid by whoever gets it.
          start_parameter: payload,
          ...extras(part, amount),
        })
        return sent.message_id
      }
    }
  }

  async function replaceMedia(chat: number, message: number, part: Media): Promise<boolean> {
    const markup = keyboard(part.buttons)
    const place = (media: InputMediaPhoto | InputMediaDocument) =>
      api.call('editMessageMedia', {
        chat_id: chat,
        message_id: message,
        media,
        ...(markup ? { reply_markup: markup } : {}),
      })
    const caption = { caption: part.text.text, caption_entities: part.text.entities }
    try {
      if (part.kind === 'document') {
        const media = api.file(part.file.bytes, part.file.name)
        await place({ type: 'document', media, ...caption })
      } else {
        await withPicture(part, async (media) => {
          const answer = await place({ type: 'photo', media, ...covered(part), ...caption })
          return answer === true || !('photo' in answer) ? true : answer
        })
      }
      return true
    } catch (error) {
      if (isRefusal(error, 400, UNCHANGED)) return true
      if (part.kind === 'photo' && part.text.text !== '' && isRefusal(error, 400, PICTURE)) {
        log.warn({ err: error }, 'Telegram did not take a picture; its text goes without it')
        return replace(chat, message, { ...part, kind: 'text' })
      }
      if (isRefusal(error, 400)) return false
      throw error
    }
  }

  async function replace(chat: number, message: number, part: Parameters<Placing['replace']>[2]): Promise<boolean> {
    if (part.kind !== 'text') return replaceMedia(chat, message, part)
    const { text, entities } = part.text
    const markup = keyboard(part.buttons)
    const options = { entities, link_preview_options: PLAIN, ...(markup ? { reply_markup: markup } : {}) }
    try {
      await api.call('editMessageText', { chat_id: chat, message_id: message, text, ...options })
      return true
    } catch (error) {
      if (isRefusal(error, 400, UNCHANGED)) return true
      if (isRefusal(error, 400)) return false
      throw error
    }
  }

  return { create, replace }
}

const PLAIN = { is_disabled: true }
const UNCHANGED = /message is not modified/i
/** How Telegram words that it cannot fetch, read or show a picture. */
const PICTURE =
  /HTTP URL|web ?page|WEBPAGE_|PHOTO_|IMAGE_PROCESS|file identifier|too big for a photo|wrong type|non-empty/i

/** A picture of a key is hidden until it is tapped, as its text is. */
const covered = ({ secret }: Photo) => (secret ? { has_spoiler: true } : {})

function extras(part: Part, stars?: number) {
  // Its text must be ours, the star is replaced by Telegram's: a number needs no language.
  const pay = stars === undefined ? [] : [{ text: `⭐️ ${stars}`, pay: true as const }]
  const markup = keyboard(part.buttons, pay)
  return { ...(part.protect ? { protect_content: true } : {}), ...(markup ? { reply_markup: markup } : {}) }
}

/** What takes the place of the person's keyboard, and so of buttons. */
function instead({ keyboard: wanted }: Extract<Part, { kind: 'text' }>) {
  const markup = ownKeyboard(wanted)
  return markup ? { reply_markup: markup } : {}
}
