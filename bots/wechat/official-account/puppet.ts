import type { FileBoxInterface } from 'file-box'
import { Puppet, type PuppetOptions, type payloads, types } from 'wechaty-puppet'
import { KeytillError } from '../../../core/platform/errors.ts'
import type { Outlet } from './outlet.ts'

/** WeChat takes pictures of up to 10 MB. */
const PICTURE_LIMIT = 10 * 1024 * 1024

/**
 * Wechaty's puppets declare about seventy methods, most of which an official account has no means for: those are left out, and a
 * call of one fails at once.
 */
const Base = Puppet as unknown as new (options?: PuppetOptions) => Puppet

/**
 * An official account below Wechaty's API: who there is, and what goes out. It is logged in as long as it runs, and tells
 * Wechaty of no messages: what WeChat pushes is answered only after it is committed, and Wechaty's events wait for nobody, so
 * the webhook hands it in by itself (see webhook.ts).
 */
export class OfficialAccountPuppet extends Base {
  constructor(
    private readonly appId: string,
    private readonly outlet: Outlet,
  ) {
    super()
  }

  override async onStart(): Promise<void> {
    // Once it counts as started.
    setImmediate(() => this.login(this.appId))
  }

  override async onStop(): Promise<void> {}

  override ding(data?: string): void {
    this.emit('dong', { data: data ?? '' })
  }

  /** WeChat tells nobody's name: everyone is there under their id, until a message to them is refused. */
  override async contactRawPayload(id: string): Promise<payloads.Contact> {
    const type = id === this.appId ? types.Contact.Official : types.Contact.Individual
    return { id, name: id, type, gender: types.ContactGender.Unknown, avatar: '', friend: true, phone: [] }
  }

  override async contactRawPayloadParser(payload: payloads.Contact): Promise<payloads.Contact> {
    return payload
  }

  override async contactList(): Promise<string[]> {
    return []
  }

  override async roomList(): Promise<string[]> {
    return []
  }

  /** Customer-service messages have no ids. */
  override async messageSendText(openid: string, text: string): Promise<void> {
    await this.outlet.text(openid, text)
  }

  /** @throws KeytillError `wechat.not_a_picture`: an official account sends no other files */
  override async messageSendFile(openid: string, file: FileBoxInterface): Promise<void> {
    if (!file.mediaType.startsWith('image/'))
      throw new KeytillError('wechat.not_a_picture', 'An official account can send pictures only.')
    if (file.size > PICTURE_LIMIT) throw tooLarge()
    const bytes = await file.toBuffer()
    if (bytes.length > PICTURE_LIMIT) throw tooLarge()
    await this.outlet.picture(openid, { bytes, name: file.name, mime: file.mediaType })
  }

  override async messageRecall(): Promise<boolean> {
    return false
  }
}

const tooLarge = (): KeytillError =>
  new KeytillError('wechat.picture_too_large', `WeChat takes pictures of at most ${PICTURE_LIMIT} bytes.`)
