import { startWechat } from '../../../bots/wechat/channel.ts'
import type { WechatPay } from '../../../core/payments/providers/wechat-pay/provider.ts'
import { type MockWechat, startMockWechat } from '../../bots/wechat/mock.ts'
import { type Channel, Chatter, numbered, numberOf } from '../channel.ts'
import { openProgram } from '../program.ts'
import { arrive } from './arrive.ts'

type MockUser = ReturnType<MockWechat['user']>

const can = {
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
export async function openWechat(pay?: WechatPay, settings: Readonly<Record<string, string>> = {}): Promise<Channel> {
  let mock = startMockWechat()
  const chatters: WechatChatter[] = []
  const program = await openProgram(
    () => {
      // A puppet is started once: a new program logs in again, and meets the same people.
      mock = startMockWechat()
      for (const chatter of chatters) chatter.meet(mock)
      const { puppet } = mock
      return {
        settings,
        ...(pay ? { providers: [pay.provider] } : {}),
        open: ({ log, clock: now }, accept) => startWechat({ puppet, accept: accept('wechat'), log, now }),
      }
    },
    pay ? {} : { demo: 'on' },
  )
  return {
    name: 'wechat',
    can,
    program,
    async join(name, { language = 'en', owner = false } = {}) {
      const account = `${name}${chatters.length}`
      const chatter = new WechatChatter(account, name, language, `wx_${account}`, can)
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
class WechatChatter extends Chatter {
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
    this.mine = mock.user(this.account)
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
