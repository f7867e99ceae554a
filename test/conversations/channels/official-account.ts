import { connectOfficialAccount, giveCodes, serveWebhooks } from '../../../bots/channels.ts'
import { createOfficialAccount } from '../../../bots/wechat/official-account/account.ts'
import type { Person } from '../../fakes/wechat/people.ts'
import { startFakeWechat } from '../../fakes/wechat/server.ts'
import { atEnd } from '../../stand/closing.ts'
import { type Channel, Chatter, numbered } from '../channel.ts'
import { openProgram } from '../program.ts'
import { arrive } from './arrive.ts'

const can = {
  buttons: false,
  tappable: true,
  edit: false,
  delete: false,
  invoice: false,
  spoiler: false,
  copy: false,
  files: false,
  pictures: true,
  contact: false,
  textLength: 600,
  textBytes: 1800,
  captions: false,
  waits: false,
  uploads: false,
} as const

const settings = {
  WECHAT_PUPPET: 'official-account',
  WECHAT_APP_ID: 'wx0123456789abcdef',
  WECHAT_APP_SECRET: 'official-account-secret',
  WECHAT_TOKEN: 'conversation',
  WECHAT_AES_KEY: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
  HTTP_PORT: '0',
  PUBLIC_URL: 'https://shop.example',
  KEYTILL_SANDBOX: '1',
}

/** WeChat's official account through the strict fake of its platform, over HTTP in both directions, encrypted. */
export async function openOfficialAccount(): Promise<Channel> {
  const { WECHAT_APP_ID: appId, WECHAT_APP_SECRET: secret, WECHAT_TOKEN: token, WECHAT_AES_KEY: aesKey } = settings
  const fake = await startFakeWechat({ appId, secret, token, aesKey })
  atEnd(() => fake.close())
  let people = 0
  const program = await openProgram(
    (log) => ({
      settings: { ...settings, WECHAT_API_ROOT: fake.url },
      async open(shop, accept) {
        const account = createOfficialAccount({
          settings: { ...settings, WECHAT_API_ROOT: fake.url, WECHAT_TEMPLATE_ID: undefined },
          log,
          now: shop.clock,
        })
        await giveCodes(shop, { ...settings, WECHAT_API_ROOT: fake.url, WECHAT_TEMPLATE_ID: undefined })
        const web = await serveWebhooks(shop, [account.webhook])
        fake.connect(`${web.local}${account.webhook.path}`, shop.clock)
        const wechat = await connectOfficialAccount(shop, accept('wechat'), account)
        return { ...wechat, close: () => wechat.close().then(web.close) }
      },
    }),
    { demo: 'on' },
  )
  return {
    name: 'wechat',
    can,
    program,
    async join(name, { language = 'en', owner = false } = {}) {
      const openid = `${name}${++people}`
      const chatter = new Follower(fake.person(openid), name, language, openid, can)
      await arrive(program, chatter, owner)
      return chatter
    },
  }
}

/** Taps where something can be tapped, and types the number where menus are printed. */
class Follower extends Chatter {
  private count = 0
  private readonly menus = new Map<string, ReturnType<Person['seen']['at']>>()

  constructor(
    readonly follower: Person,
    ...rest: ConstructorParameters<typeof Chatter>
  ) {
    super(...rest)
    follower.watch((message) => {
      const { text, picture } = message
      const id = `${++this.count}`
      this.menus.set(id, message)
      this.sight.put(id, {
        text,
        buttons: numbered(text),
        copies: [],
        spoilers: [],
        ...(picture ? { picture: true } : {}),
      })
    })
  }

  /** What they see, for whoever looks at pictures. */
  get user() {
    return {
      history: () =>
        this.follower.seen.map(({ text, picture }) => ({
          text,
          ...(picture ? { file: { name: 'picture.png', bytes: picture } } : {}),
        })),
    }
  }

  override own(): undefined {
    return undefined
  }

  override forge(): Promise<never> {
    throw new Error('there are no buttons on WeChat')
  }

  // WeChat pushes and does not wait for the answer before it takes the next message.
  protected override async hand(text: string): Promise<void> {
    void this.follower.say(text)
  }

  protected override async handFile(_name: string, bytes: Buffer): Promise<void> {
    void this.follower.sendPicture(bytes)
  }

  protected override async push(messageId: string, label: string): Promise<void> {
    const message = this.menus.get(messageId)
    const line = message?.text.split('\n').find((one) => /^\d+ /.test(one) && one.replace(/^\d+ /, '') === label) ?? ''
    if (message?.options) void this.follower.tap(line, message)
    else void this.follower.say(line.split(' ')[0] ?? '')
  }
}
