import { pipeline } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import type { FileBox, FileBoxInterface } from 'file-box'
import { puppet as api, chunkDecoder } from 'wechaty-grpc'
import { Puppet, type types } from 'wechaty-puppet'
import { minutes, seconds } from '../../../core/platform/clock.ts'
import { hasCode, type KeytillError } from '../../../core/platform/errors.ts'
import type { Log } from '../../../core/platform/log.ts'
import { PuppetService } from './library.ts'
import { type Gateway, type Link, openLink, tryGateway } from './link.ts'
import { createReader, type Reader } from './reader.ts'

/** The pause before the first attempt to come back, and the longest there is, in ms; each is spread by half of it. */
const FIRST_PAUSE = seconds(0.5)
const LONGEST_PAUSE = seconds(30)

/** How long a new connection must have held for the pauses to begin anew, in ms. */
const STEADY = minutes(1)

/** Longer than any program runs, in seconds: the library's own watchdog would begin everything anew (see {@link ServicePuppet}). */
const NEVER = 2_000_000

/**
 * A gateway that speaks to WeChat or WeCom for us.
 * @throws KeytillError `wechat.gateway_unreachable` or `wechat.gateway_refused` when it is not there now or does not take the token
 */
export async function connectGateway(gateway: Gateway, log: Log): Promise<Puppet> {
  await tryGateway(gateway)
  return new ServicePuppet(gateway, log)
}

/**
 * Wechaty's client of such a gateway, with a connection of our own under it: one that is lost is noticed within seconds and
 * made anew as often as it takes. While it is away the account counts as logged out. The library's notices that after a minute,
 * keeps what it knows of people under the home folder, and ends the process for a file that breaks off.
 */
class ServicePuppet extends PuppetService {
  private link: Link | undefined
  private readonly stopping = new AbortController()
  private readonly reader: Reader
  /** whether this gateway tells friends from strangers at all: one that does not calls everyone a stranger */
  private tellsFriends = false

  constructor(
    private readonly gateway: Gateway,
    private readonly log: Log,
  ) {
    super({ endpoint: gateway.endpoint, token: gateway.token, timeoutSeconds: NEVER })
    this.reader = createReader({
      read: (id) => this.read(id),
      emit: (messageId) => void this.emit('message', { messageId }),
      isThere: () => this.link !== undefined,
      log,
    })
    // The library's loader ends the process when a file breaks off.
    Object.assign(this.FileBoxUuid, { uuidToStream: (uuid: string) => this.download(uuid) })
  }

  /** It would write what it knows of people under the home folder. */
  override hookPayloadStore(): void {}

  override async onStart(): Promise<void> {
    void this.stayConnected()
  }

  override async onStop(): Promise<void> {
    this.stopping.abort()
    this.use(undefined)
  }

  /** The library would begin everything anew: we come back by ourselves. */
  override async reset(): Promise<void> {}

  /** Only here: the library would log the account out of WeChat. */
  override logout(reason?: string): Promise<void> {
    return Puppet.prototype.logout.call(this, reason)
  }

  /** Never rejects: nobody waits for it. What we keep is forgotten here, whatever the gateway does. */
  override async dirtyPayload(type: types.Dirty, id: string): Promise<void> {
    try {
      await super.dirtyPayload(type, id)
    } catch (err) {
      this.log.debug({ err }, 'The WeChat gateway does not forget')
    }
    this.emit('dirty', { payloadType: type, payloadId: id })
  }

  override async contactRawPayload(id: string) {
    const payload = await super.contactRawPayload(id)
    if (payload.friend) this.tellsFriends = true
    if (this.tellsFriends) return payload
    const { friend: _unknown, ...rest } = payload
    return rest
  }

  /** Without the library's second attempt by another call: the first may have sent it. */
  override async messageSendFile(chat: string, file: FileBoxInterface): Promise<string | undefined> {
    const request = new api.MessageSendFileRequest()
    request.setConversationId(chat)
    request.setFileBox(await this.serializeFileBox(file))
    const { client } = this.grpcManager
    const answer = await new Promise<api.MessageSendFileResponse>((resolve, reject) => {
      client.messageSendFile(request, (error: unknown, response: api.MessageSendFileResponse) =>
        error ? reject(error) : resolve(response),
      )
    })
    return answer.getId() || undefined
  }

  /** Without the second attempt too: its stream ends the process when it breaks off. */
  override async messageFile(id: string): Promise<FileBox> {
    const request = new api.MessageFileRequest()
    request.setId(id)
    const { client } = this.grpcManager
    const answer = await new Promise<api.MessageFileResponse>((resolve, reject) => {
      client.messageFile(request, (error: unknown, response: api.MessageFileResponse) =>
        error ? reject(error) : resolve(response),
      )
    })
    return this.FileBoxUuid.fromJSON(answer.getFileBox()) as FileBox
  }

  /** Holds a connection until it is stopped. */
  private async stayConnected(): Promise<void> {
    const { signal } = this.stopping
    let failures = 0
    while (!signal.aborted) {
      const since = Date.now()
      const cause = await this.connection(signal)
      if (!cause) return
      failures = Date.now() - since > STEADY ? 1 : failures + 1
      const pause = Math.min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE) * (0.5 + Math.random())
      // A wrong token or a second program is somebody's mistake, whatever the gateway does.
      const level = hasCode(cause, 'wechat.gateway_unreachable') ? 'warn' : 'error'
      this.log[level]({ err: cause, pause: Math.round(pause) }, 'The WeChat gateway is lost: connecting again')
      await setTimeout(pause, undefined, { signal }).catch(() => {})
    }
  }

  /** Resolves when one connection is over: with the cause, or with nothing when it was stopped. */
  private async connection(signal: AbortSignal): Promise<KeytillError | undefined> {
    const cause = await new Promise<KeytillError | undefined>((resolve) => {
      const done = () => resolve(undefined)
      signal.addEventListener('abort', done, { once: true })
      this.use(
        openLink(this.gateway, {
          event: (event) => this.hear(event),
          alive: () => void this.emit('heartbeat', { data: 'gateway' }),
          lost: (error) => {
            signal.removeEventListener('abort', done)
            resolve(error)
          },
        }),
      )
    })
    this.use(undefined)
    if (this.isLoggedIn) await this.logout('the gateway is lost')
    return cause
  }

  private use(link: Link | undefined): void {
    this.link?.close()
    this.link = link
    // All that the library wants of its own connection is the client.
    this._grpcManager = link && { client: link.client }
  }

  /** Takes up what a shop needs to know; the rest (who joined a room, friend requests) would only cost questions. */
  private hear(event: api.EventResponse): void {
    const { EventType } = api
    try {
      const payload: unknown = JSON.parse(event.getPayload())
      switch (event.getType()) {
        case EventType.EVENT_TYPE_MESSAGE:
          this.reader.take((payload as { messageId: string }).messageId)
          break
        case EventType.EVENT_TYPE_LOGIN:
          // told again when the gateway has nothing else to say
          if (!this.isLoggedIn) this.login((payload as { contactId: string }).contactId)
          this.reader.again()
          break
        case EventType.EVENT_TYPE_LOGOUT:
          void this.logout('logged out at the gateway')
          break
        case EventType.EVENT_TYPE_DIRTY:
          this.onDirty(payload as Parameters<Puppet['onDirty']>[0])
          break
        case EventType.EVENT_TYPE_ERROR:
          this.log.warn({}, 'The WeChat gateway reports an error')
      }
    } catch (err) {
      this.log.error({ err, type: event.getType() }, 'An event of the WeChat gateway could not be read')
    }
  }

  /** Fetches a message and whom it is from, so that Wechaty finds both without asking. */
  private async read(id: string): Promise<void> {
    const { talkerId, roomId } = await this.messagePayload(id)
    await Promise.all([this.contactPayload(talkerId), ...(roomId ? [this.roomPayload(roomId)] : [])])
  }

  private async download(uuid: string) {
    const request = new api.DownloadRequest()
    request.setId(uuid)
    const file = chunkDecoder()
    pipeline(this.grpcManager.client.download(request), file, () => {})
    return file
  }
}
