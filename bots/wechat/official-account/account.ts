import type { AccessTokens } from '../../../core/access-tokens/service.ts'
import type { Allowances } from '../../../core/allowances/service.ts'
import type { Clock } from '../../../core/platform/clock.ts'
import type { Log } from '../../../core/platform/log.ts'
import type { Settings } from '../../../core/platform/settings.ts'
import type { Accept } from '../../dialogue/channel.ts'
import type { Wechat } from '../channel.ts'
import { createApi } from './api.ts'
import { withHint } from './hint.ts'
import { createHolding } from './holding.ts'
import { createOutlet } from './outlet.ts'
import { createDecode } from './pushes.ts'
import { messageCipher } from './signing.ts'
import { createWebhook, type OfficialWebhook, type WebhookPorts } from './webhook.ts'

/** What an account cannot do without. */
export type AccountSettings = Pick<Settings, 'WECHAT_AES_KEY' | 'WECHAT_TEMPLATE_ID' | 'WECHAT_API_ROOT'> & {
  readonly WECHAT_APP_ID: string
  readonly WECHAT_APP_SECRET: string
  readonly WECHAT_TOKEN: string
}

export interface OfficialAccountOptions {
  readonly settings: AccountSettings
  readonly log: Log
  readonly now: Clock
  /** how long a push is kept waiting for its answer, in ms; see holding.ts */
  readonly holdFor?: number
}

/** What the account asks of an open shop. */
export interface OfficialAccountPorts {
  readonly accept: Accept
  readonly accessTokens: AccessTokens
  readonly allowances: Allowances
  /** somebody follows the account no more */
  left(openid: string): Promise<void>
}

/** An official account (公众号). Nothing goes over the network before `connect`, so that its webhook is there to open the web server. */
export interface OfficialAccount {
  readonly webhook: OfficialWebhook
  /** @throws KeytillError `wechat.no_login` when WeChat does not take the account */
  connect(ports: OfficialAccountPorts): Promise<Wechat>
}

/** As the shop knows the channel, whichever way WeChat is reached. */
const CHANNEL = 'wechat'

/** Customer-service messages after each of a person's own; what goes as a passive answer is not counted. */
const PER_WORD = 5

/** Less than WeChat's 2,048 bytes, with room for the addresses of links; and so many characters of Chinese. */
const TEXT_BYTES = 1800
const TEXT_LENGTH = TEXT_BYTES / 3

export function createOfficialAccount({ settings, log, now, holdFor }: OfficialAccountOptions): OfficialAccount {
  const { WECHAT_APP_ID: appId, WECHAT_APP_SECRET: secret, WECHAT_TOKEN: token } = settings
  const { WECHAT_AES_KEY, WECHAT_TEMPLATE_ID: templateId, WECHAT_API_ROOT: root } = settings
  const cipher = WECHAT_AES_KEY ? messageCipher(WECHAT_AES_KEY, appId) : undefined
  const holding = createHolding(holdFor)
  let ports: WebhookPorts | undefined
  return {
    webhook: createWebhook({ channel: CHANNEL, appId, token, cipher, holding, ports: () => ports, log, now }),
    async connect({ accept, accessTokens: tokens, allowances, left }) {
      const api = createApi({ root, appId, secret, tokens })
      await api.check()
      // Wechaty takes longer to load than all else together: here the shop is open already.
      const [{ startWechat }, { OfficialAccountPuppet }] = await Promise.all([
        import('../channel.ts'),
        import('./puppet.ts'),
      ])
      const outlet = createOutlet({ channel: CHANNEL, api, holding, allowances, log, now })
      const puppet = new OfficialAccountPuppet(appId, outlet)
      const traits = {
        files: false,
        tappable: true,
        textLength: TEXT_LENGTH,
        textBytes: TEXT_BYTES,
        perWord: PER_WORD,
        sayMenu: outlet.menu,
      }
      const wechat = await startWechat({ puppet, accept, log, now, traits })
      ports = { accept, allowances, left }
      return {
        ...wechat,
        channel: templateId ? withHint(wechat.channel, { api, allowances, templateId, log, now }) : wechat.channel,
        decode: createDecode(api),
        async close() {
          ports = undefined
          holding.close()
          await wechat.close()
        },
      }
    },
  }
}
