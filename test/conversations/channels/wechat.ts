import type { Puppet } from 'wechaty-puppet'
import { startWechat } from '../../../bots/wechat/channel.ts'
import type { WechatPay } from '../../../core/payments/providers/wechat-pay/provider.ts'
import type { Log } from '../../../core/platform/log.ts'
import { type MockWechat, startMockWechat } from '../../bots/wechat/mock.ts'
import { type Channel, Chatter, numbered, numberOf } from '../channel.ts'
import { openProgram, type Plug } from '../program.ts'
import { arrive } from './arrive.ts'

type MockUser = ReturnType<MockWechat['user']>

export const wechatCan = {
  buttons: false,
  edit: false,
  delete: false,
  invoice: false,
  spoiler: false,
  copy: false,
  files: true,
  pictures: true,
  contact: false,
  textLength: 2000,
  captions: false,
  waits: false,
}

/** WeChat through Wechaty on a pretend WeChat. */
export function openWechat(pay?: WechatPay, settings: Readonly<Record<string, string>> = {}): Promise<Channel> {
  // A puppet is started once: a new program has a new one, and meets the same people.
  return openWechatOn(
    'wechat',
    async () => {
      const wechat = startMockWechat()
      return { wechat, reach: async () => wechat.puppet }
    },
    { settings, ...(pay ? { providers: [pay.provider] } : {}) },
  )
}

/** A WeChat, and how a program that is opened on it reaches it. */
interface Reached {
  readonly wechat: MockWechat
  reach(log: Log): Promise<Puppet>
}

/** Any WeChat; `meet` is asked for it by each program that is opened. */
export async function openWechatOn(
  name: string,
  meet: () => Promise<Reached>,
  more: Omit<Plug, 'open'> = {},
): Promise<Channel> {
  let mock: MockWechat
  const chatters: WechatChatter[] = []
  const program = await openProgram(
    () => ({
      ...more,
      async open({ log, clock: now, outages }, accept) {
        const { wechat, reach } = await meet()
        mock = wechat
        for (const chatter of chatters) chatter.meet(mock)
        return startWechat({
          puppet: await reach(log),
          accept: accept('wechat'),
          log,
          now,
          watch: outages.watch('wechat'),
        })
      },
    }),
    // What is paid for in earnest is not pretend.
    more.providers ? {} : { demo: 'on' },
  )
  return {
    name,
    can: wechatCan,
    program,
    async join(person, { language = 'en', owner = false } = {}) {
      const account = `${person}${chatters.length}`
      const chatter = new WechatChatter(account, person, language, `wx_${account}`, wechatCan)
      chatter.meet(mock)
      chatters.push(chatter)
      await arrive(program, chatter, owner)
      return chatter
    },
    async group(...members) {
      const room = mock.inRoom('a room', ...members.map((member) => (member as WechatChatter).user))
      return {
        say: async (member, text, to) =>
          void room.say((member as WechatChatter).user, text, to === 'shop' ? 'bot' : 'nobody'),
        see: async (match) => void (await room.see(match)),
        said: () => room.history().map(({ text }) => text),
      }
    },
  }
}

/** Types what a person would: the number before what they want. */
export class WechatChatter extends Chatter {
  private mine: MockUser | undefined
  private count = 0

  constructor(
    private readonly account: string,
    ...rest: ConstructorParameters<typeof Chatter>
  ) {
    super(...rest)
  }

  get user(): MockUser {
    if (!this.mine) throw new Error(`${this.name} is not on WeChat`)
    return this.mine
  }

  meet(mock: MockWechat): void {
    const user = mock.user(this.account)
    if (user === this.mine) return
    this.mine = user
    void this.listen(this.mine)
  }

  override own(): undefined {
    return undefined
  }

  override forge(): Promise<never> {
    throw new Error('there are no buttons on WeChat')
  }

  protected override async hand(text: string): Promise<void> {
    this.user.say(text)
  }

  protected override async handFile(name: string, bytes: Buffer): Promise<void> {
    this.user.sendFile(name, bytes)
  }

  protected override async push(messageId: string, label: string): Promise<void> {
    this.user.say(numberOf(this.sight.text(messageId), label))
  }

  private async listen(user: MockUser): Promise<void> {
    while (user === this.mine) {
      const message = await user.see(() => true, 3_600_000)
      const { text, file } = message
      const base = { text, buttons: numbered(text), copies: [], spoilers: [] }
      const isPicture = file && /\.(png|jpe?g|webp)$/.test(file.name)
      this.sight.put(`${++this.count}`, {
        ...base,
        ...(file && !isPicture ? { file: { name: file.name, bytes: file.bytes ?? Buffer.alloc(0) } } : {}),
        ...(isPicture ? { picture: true } : {}),
      })
    }
  }
}
