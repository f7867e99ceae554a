import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { after, type Clock, hours, minutes, seconds } from '../../../core/platform/clock.ts'
import type { Person } from './people.ts'

/** A call of the API as it came. */
export interface Call {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
  readonly file?: { readonly name: string; readonly bytes: Buffer }
}

/** Answered with `errcode`, as WeChat does with everything that goes wrong. */
export class Errcode extends Error {
  constructor(readonly errcode: number) {
    super(`errcode ${errcode}`)
  }
}

export interface AccountOptions {
  readonly appId: string
  readonly secret: string
  readonly now: Clock
  /** false: an account that may send no menus */
  readonly menus?: boolean
  readonly templates?: readonly { readonly template_id: string; readonly content: string }[]
}

const TEXT_BYTES = 2048
const PICTURE_BYTES = 10 * 1024 * 1024

const line = z.strictObject({ id: z.string().regex(/^\d{1,10}$/), content: z.string().min(1) })
const messageSchema = z.discriminatedUnion('msgtype', [
  z.strictObject({
    touser: z.string(),
    msgtype: z.literal('text'),
    text: z.strictObject({ content: z.string().min(1) }),
  }),
  z.strictObject({
    touser: z.string(),
    msgtype: z.literal('image'),
    image: z.strictObject({ media_id: z.string() }),
  }),
  z.strictObject({
    touser: z.string(),
    msgtype: z.literal('msgmenu'),
    msgmenu: z.strictObject({
      head_content: z.string().min(1),
      list: z.array(line).min(1),
      tail_content: z.string(),
    }),
  }),
])
const tokenSchema = z.strictObject({
  grant_type: z.literal('client_credential'),
  appid: z.string(),
  secret: z.string(),
  force_refresh: z.boolean().optional(),
})
const scene = z.strictObject({ scene: z.strictObject({ scene_str: z.string().min(1).max(64) }) })
const codeSchema = z.discriminatedUnion('action_name', [
  z.strictObject({ action_name: z.literal('QR_LIMIT_STR_SCENE'), action_info: scene }),
  z.strictObject({
    action_name: z.literal('QR_STR_SCENE'),
    action_info: scene,
    expire_seconds: z.number().int().min(60).max(2_592_000),
  }),
])
const templateSchema = z.strictObject({
  touser: z.string(),
  template_id: z.string(),
  data: z.record(z.string(), z.strictObject({ value: z.string().min(1) })),
})

/** The account behind the API: its tokens, its media, and what it sends to whom. */
export class Account {
  private tokens: { token: string; until: Date; madeAt: Date }[] = []
  /** what the codes bring that were made, by what they say */
  readonly scenes = new Map<string, string>()
  private readonly media = new Map<string, { bytes: Buffer; until: Date }>()

  constructor(
    readonly options: AccountOptions,
    private readonly people: ReadonlyMap<string, Person>,
  ) {}

  /** Every token given so far is no good any more, before its time. */
  expire(): void {
    for (const token of this.tokens) token.until = new Date(0)
  }

  /** Keeps what somebody sends for three days. */
  keep(bytes: Buffer): string {
    const id = randomUUID()
    this.media.set(id, { bytes, until: after(this.options.now(), hours(72)) })
    return id
  }

  /** Answers a call; bytes are a file. */
  answer(call: Call): object | Buffer {
    if (call.path === 'cgi-bin/stable_token') return this.token(call)
    this.checkToken(call.query.access_token)
    switch (call.path) {
      case 'cgi-bin/message/custom/send':
        return this.send(call)
      case 'cgi-bin/media/upload':
        return this.upload(call)
      case 'cgi-bin/media/get':
        return this.fetch(call)
      case 'cgi-bin/user/info':
        return { subscribe: this.person(call.query.openid ?? '').follows ? 1 : 0, openid: call.query.openid }
      case 'cgi-bin/qrcode/create': {
        const { action_name: name, action_info: info } = parse(codeSchema, call)
        const url = `http://weixin.qq.com/q/${randomUUID()}`
        this.scenes.set(url, info.scene.scene_str)
        return { ticket: `T+/${name}`, url }
      }
      case 'cgi-bin/template/get_all_private_template':
        return { template_list: this.options.templates ?? [] }
      case 'cgi-bin/message/template/send':
        return this.sendTemplate(call)
      default:
        throw new Errcode(40066)
    }
  }

  /** In the last five minutes of a token the next one is given, and both are good; a forced one ends those before it. */
  private token(call: Call): object {
    const { appid, secret, force_refresh: anew = false } = parse(tokenSchema, call)
    const { now, ...own } = this.options
    if (appid !== own.appId) throw new Errcode(40013)
    if (secret !== own.secret) throw new Errcode(40125)
    const last = this.tokens.at(-1)
    const isFresh = last !== undefined && last.until.getTime() - now().getTime() > minutes(5)
    const isForced = anew && (!last || now().getTime() - last.madeAt.getTime() >= seconds(30) || !isFresh)
    if (last && isFresh && !isForced) return tokenAnswer(last, now())
    if (isForced) this.expire()
    const made = { token: randomUUID(), until: after(now(), seconds(7200)), madeAt: now() }
    this.tokens.push(made)
    return tokenAnswer(made, now())
  }

  private checkToken(token: string | undefined): void {
    if (!token) throw new Errcode(41001)
    const known = this.tokens.find((one) => one.token === token)
    if (!known) throw new Errcode(40001)
    if (this.options.now() >= known.until) throw new Errcode(42001)
  }

  private person(openid: string): Person {
    const person = this.people.get(openid)
    if (!person) throw new Errcode(40003)
    return person
  }

  private send(call: Call): object {
    const message = parse(messageSchema, call)
    const person = this.person(message.touser)
    if (message.msgtype === 'msgmenu' && this.options.menus === false) throw new Errcode(48001)
    const picture = message.msgtype === 'image' ? this.kept(message.image.media_id) : undefined
    const text = textOf(message)
    if (Buffer.byteLength(text) > TEXT_BYTES) throw new Errcode(45002)
    const refused = person.spend()
    if (refused !== undefined) throw new Errcode(refused)
    person.show({
      text,
      by: 'service',
      ...(message.msgtype === 'msgmenu' ? { options: message.msgmenu.list } : {}),
      ...(picture ? { picture } : {}),
    })
    return { errcode: 0, errmsg: 'ok' }
  }

  private upload({ query, file }: Call): object {
    if (query.type !== 'image' || !file) throw new Errcode(40004)
    if (file.bytes.length > PICTURE_BYTES) throw new Errcode(40009)
    if (!/^(89504e47|ffd8ff|47494638)/.test(file.bytes.subarray(0, 4).toString('hex'))) throw new Errcode(40005)
    return { type: 'image', media_id: this.keep(file.bytes), created_at: 1 }
  }

  private fetch({ query }: Call): Buffer {
    return this.kept(query.media_id ?? '')
  }

  private kept(id: string): Buffer {
    const found = this.media.get(id)
    if (!found || this.options.now() >= found.until) throw new Errcode(40007)
    return found.bytes
  }

  private sendTemplate(call: Call): object {
    const { touser, template_id: id, data } = parse(templateSchema, call)
    const person = this.person(touser)
    const template = this.options.templates?.find((one) => one.template_id === id)
    if (!template) throw new Errcode(40037)
    if (!person.follows) throw new Errcode(43004)
    const text = template.content.replace(/\{\{(\w+)\.DATA\}\}/g, (_all, field: string) => {
      const value = data[field]?.value
      if (value === undefined || (/^thing/.test(field) && value.length > 20)) throw new Errcode(47003)
      return value
    })
    person.show({ text, by: 'template' })
    return { errcode: 0, errmsg: 'ok', msgid: 1 }
  }
}

const tokenAnswer = ({ token, until }: { token: string; until: Date }, now: Date): object => ({
  access_token: token,
  expires_in: Math.floor((until.getTime() - now.getTime()) / 1000),
})

function parse<T>(schema: z.ZodType<T>, { body }: Call): T {
  const read = schema.safeParse(body)
  if (!read.success) throw new Errcode(47001)
  return read.data
}

function textOf(message: z.infer<typeof messageSchema>): string {
  if (message.msgtype === 'text') return message.text.content
  if (message.msgtype === 'image') return ''
  const { head_content: head, list, tail_content: tail } = message.msgmenu
  return [head, '', ...list.map(({ content }) => content), ...(tail ? [tail] : [])].join('\n')
}
