import { randomBytes } from 'node:crypto'
import { connectOfficialAccount, serveWebhooks } from '../../../../bots/channels.ts'
import type { ChatEvent, Incoming } from '../../../../bots/dialogue/channel.ts'
import { createOfficialAccount } from '../../../../bots/wechat/official-account/account.ts'
import { type Log, safeError } from '../../../../core/platform/log.ts'
import { type FakeOptions, type FakeWechat, startFakeWechat } from '../../../fakes/wechat/server.ts'
import { atEnd } from '../../../stand/closing.ts'
import type { Stand } from '../../../stand/shop.ts'

export const AES_KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
const SECRET = 'official-account-secret'
const TOKEN = 'signs'

interface Options extends Partial<Pick<FakeOptions, 'aesKey' | 'menus' | 'templates' | 'patience'>> {
  /** how long a push is kept waiting, in ms */
  readonly holdFor?: number
  readonly templateId?: string
  /** the account as it is already on another process */
  readonly beside?: { readonly fake: FakeWechat; readonly appId: string }
  /** what the shop does with an event, once it is committed */
  readonly handle?: (event: ChatEvent) => Promise<void>
  readonly accept?: (items: readonly Incoming[]) => Promise<void>
}

/** The real account and web server over a strict fake of the platform; in place of the dialogue there is the test. */
export async function openAccount({ shop, clock }: Stand, options: Options = {}) {
  const { beside, handle = async () => {}, templateId, aesKey, menus, templates, patience } = options
  const appId = beside?.appId ?? `wx${randomBytes(8).toString('hex')}`
  const fake =
    beside?.fake ??
    (await startFakeWechat({
      appId,
      secret: SECRET,
      token: TOKEN,
      ...(aesKey ? { aesKey } : {}),
      ...(menus === undefined ? {} : { menus }),
      ...(templates ? { templates } : {}),
      ...(patience ? { patience } : {}),
    }))
  if (!beside) atEnd(() => fake.close())
  const logged: string[] = []
  const note = ({ err, ...rest }: { err?: unknown }, message: string) =>
    void logged.push(JSON.stringify({ message, ...rest, ...(err === undefined ? {} : { err: safeError(err) }) }))
  const log: Log = { debug: note, info: note, warn: note, error: note }
  const settings = {
    WECHAT_APP_ID: appId,
    WECHAT_APP_SECRET: SECRET,
    WECHAT_TOKEN: TOKEN,
    WECHAT_AES_KEY: aesKey,
    WECHAT_TEMPLATE_ID: templateId,
    WECHAT_API_ROOT: fake.url,
  }
  const account = createOfficialAccount({
    settings,
    log,
    now: clock,
    ...(options.holdFor === undefined ? {} : { holdFor: options.holdFor }),
  })
  const web = await serveWebhooks(shop, [account.webhook])
  const address = `${web.local}${account.webhook.path}`
  fake.connect(address, clock)

  const heard: ChatEvent[] = []
  const known = new Set<string>()
  const accept = async (items: readonly Incoming[]) => {
    await options.accept?.(items)
    for (const { externalId, payload } of items) {
      if (known.has(externalId)) continue
      known.add(externalId)
      const event = wechat.decode(JSON.parse(JSON.stringify(payload)))
      if (!event) continue
      heard.push(event)
      void handle(event)
    }
  }
  const wechat = await connectOfficialAccount(shop, accept, account)
  let closing: Promise<void> | undefined
  const close = () => (closing ??= wechat.close().then(web.close))
  atEnd(close)
  return {
    fake,
    appId,
    settings,
    address,
    channel: wechat.channel,
    wechat,
    heard,
    logged,
    close,
    webhook: account.webhook,
  }
}

/** A promise and its end. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

export const screen = (text: string) => ({ text: [text] })
