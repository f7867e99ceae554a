import { randomUUID } from 'node:crypto'
import { connectWeb } from '../../../bots/channels.ts'
import { plain } from '../../../bots/dialogue/screen.ts'
import type { Pushed, WireMessage } from '../../../bots/web/message.ts'
import type { Web } from '../../../bots/web/server.ts'
import type { WechatPay } from '../../../core/payments/providers/wechat-pay/provider.ts'
import { type Client, newClient } from '../../bots/web/client.ts'
import { personOf } from '../../bots/web/stand.ts'
import { atEnd } from '../../stand/closing.ts'
import { type Channel, Chatter } from '../channel.ts'
import { openProgram } from '../program.ts'
import type { Seen } from '../sight.ts'
import { arrive } from './arrive.ts'

export const webCan = {
  buttons: true,
  edit: true,
  delete: true,
  invoice: false,
  spoiler: true,
  copy: true,
  files: true,
  pictures: true,
  contact: false,
  textLength: 20_000,
  captions: true,
  waits: true,
}

export interface WebChannel extends Channel {
  readonly url: string
}

/** The web chat over HTTP, as its page speaks to it. */
export async function openWeb(pay?: WechatPay, different: Readonly<Record<string, string>> = {}): Promise<WebChannel> {
  let web: Web | undefined
  // The limits per person have their own tests; here nobody is ever too fast.
  const limiter = () => ({ take: async () => 0 })
  const program = await openProgram(
    () => ({
      // A new program is where the last one was.
      settings: {
        HTTP_PORT: web ? new URL(web.local).port : '0',
        PUBLIC_URL: 'https://shop.example',
        ...different,
      },
      ...(pay ? { providers: [pay.provider] } : {}),
      async open(shop, accept) {
        web = await connectWeb(shop, accept('web'), { limiter, wechatPay: pay })
        return web
      },
    }),
    pay ? {} : { demo: 'on' },
  )
  const url = web?.local ?? ''
  return {
    name: 'web',
    can: webCan,
    program,
    url,
    async join(name, { language = 'en', owner = false } = {}) {
      const client = await newClient(url)
      const chatter = new WebChatter(client, url, name, language, personOf(client.token), webCan)
      void chatter.listen()
      atEnd(async () => chatter.leave())
      await arrive(program, chatter, owner)
      return chatter
    },
  }
}

/** The page's side: posts events until they are taken, listens and comes back when the stream ends. */
export class WebChatter extends Chatter {
  private readonly stop = new AbortController()
  private readonly messages = new Map<string, WireMessage>()

  constructor(
    private readonly client: Client,
    private readonly url: string,
    ...rest: ConstructorParameters<typeof Chatter>
  ) {
    super(...rest)
  }

  leave(): void {
    this.stop.abort()
  }

  async listen(): Promise<void> {
    const { signal } = this.stop
    while (!signal.aborted) {
      try {
        const response = await fetch(`${this.url}/chat/stream`, { headers: this.client.headers, signal })
        const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
        let rest = ''
        for (;;) {
          const { done, value = '' } = (await reader?.read()) ?? { done: true }
          if (done) break
          const blocks = (rest + value).split('\n\n')
          rest = blocks.pop() ?? ''
          for (const block of blocks) await this.take(block)
        }
      } catch {
        // the program is away: the page comes back
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  override own(): readonly string[] {
    return [...this.messages.values()].flatMap(({ from, text }) => (from === 'me' ? [plain(text)] : []))
  }

  override async forge(action: string): Promise<void> {
    this.sight.act()
    const messageId = this.sight.newest(({ toast }) => !toast)?.id
    await this.post({ kind: 'press', action, messageId })
  }

  protected override hand(text: string): Promise<void> {
    return this.post({ kind: 'text', text })
  }

  protected override handFile(name: string, bytes: Buffer, caption: string): Promise<void> {
    const mime = name.endsWith('.png') ? 'image/png' : 'text/plain'
    return this.post({ kind: 'file', name, mime, caption, data: bytes.toString('base64') })
  }

  protected override push(messageId: string, label: string): Promise<void> {
    const buttons = this.messages.get(messageId)?.buttons?.flat() ?? []
    const button = buttons.find((candidate) => candidate.label === label)
    if (!button || !('action' in button)) throw new Error(`${label} is no button`)
    return this.post({ kind: 'press', action: button.action, messageId })
  }

  /** Under one id until it is taken, as the page does when the server cannot be reached. */
  private async post(content: object): Promise<void> {
    const event = { id: randomUUID(), language: this.language, ...content }
    for (;;) {
      const response = await this.client.post(event).catch(() => undefined)
      if (response?.ok) return
      if (response && response.status < 500) throw new Error(`the web chat refused an event: ${await response.text()}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  private async take(block: string): Promise<void> {
    const [, type, json] = /^id: .*\nevent: (.*)\ndata: (.*)$/.exec(block) ?? []
    if (type === undefined || json === undefined) return
    const data: unknown = JSON.parse(json)
    if (type === 'message') await this.show(data as WireMessage)
    else if (type === 'transcript')
      for (const message of (data as Pushed['transcript']).messages) await this.show(message)
    else if (type === 'removed') {
      const { id } = data as Pushed['removed']
      this.messages.delete(id)
      this.sight.drop(id)
    } else if (type === 'acknowledged') {
      const { toast } = data as Pushed['acknowledged']
      if (toast) this.sight.toast(toast.text)
    }
  }

  private async show(message: WireMessage): Promise<void> {
    this.messages.set(message.id, message)
    if (message.from === 'shop') this.sight.put(message.id, await this.seenOf(message))
  }

  private async seenOf({ text, buttons = [], file, picture }: WireMessage): Promise<Seen> {
    const all = buttons.flat()
    return {
      text: plain(text),
      buttons: all.flatMap((button) => ('action' in button ? [button.label] : [])),
      copies: all.flatMap((button) => ('copy' in button ? [button.copy] : [])),
      spoilers: text.flatMap((span) =>
        typeof span === 'object' && 'style' in span && span.style === 'spoiler' ? [span.text] : [],
      ),
      ...(file ? { file: { name: file.name, bytes: await this.bytesOf(file) } } : {}),
      ...(picture ? { picture: true } : {}),
    }
  }

  private async bytesOf({ id, data }: { readonly id?: string; readonly data?: string }): Promise<Buffer> {
    if (data !== undefined) return Buffer.from(data, 'base64')
    const response = await fetch(`${this.url}/chat/file/${id}`, { headers: this.client.headers })
    return Buffer.from(await response.arrayBuffer())
  }
}
