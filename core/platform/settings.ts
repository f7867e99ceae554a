import { z } from 'zod'
import { KeytillError } from './errors.ts'

const flag = z.enum(['0', '1']).transform((value) => value === '1')
const port = z.coerce.number().int().min(0).max(65535)
const url = z
  .string()
  .regex(/^https?:\/\//, 'must begin with http:// or https://')
  .transform((value) => value.replace(/\/+$/, ''))
const botToken = z.string().regex(/^\d+:[\w-]{20,}$/, 'must look like 123456:ABC…, as BotFather gives it')
const ROLES = ['bots', 'web', 'worker'] as const

const owner = z.string().transform((list, context) =>
  list
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
    .flatMap((entry) => {
      const [, channel, id] = /^([a-z]+):(\S+)$/.exec(entry) ?? []
      if (channel && id) return [{ channel, id }]
      context.addIssue({ code: 'custom', message: 'must be a list like telegram:123456,wechat:openid' })
      return []
    }),
)

const roles = z.string().transform((list, context) => {
  const names = list
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  const known = names.filter((name): name is (typeof ROLES)[number] => (ROLES as readonly string[]).includes(name))
  if (known.length === 0 || known.length < names.length)
    context.addIssue({ code: 'custom', message: `must be some of ${ROLES.join(',')}` })
  return known
})

const CHANNELS = ['telegram', 'wechat', 'web', 'terminal'] as const

const channels = z.string().transform((list, context) => {
  const names = list
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  const known = names.filter((name): name is (typeof CHANNELS)[number] =>
    (CHANNELS as readonly string[]).includes(name),
  )
  if (known.length < names.length)
    context.addIssue({ code: 'custom', message: `must be some of ${CHANNELS.join(',')}` })
  return known
})

/** Every setting, with what it means: the settings table of the README is checked against this. */
export const SETTINGS = {
  KEYTILL_DATA: z.string().min(1).default('.keytill').describe('Folder of the embedded database and the vault key'),
  KEYTILL_VAULT_KEY: z.string().optional().describe('The vault key itself, instead of the file in the data folder'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
    .optional()
    .describe('Your own PostgreSQL instead of the embedded one'),
  MIGRATE_DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
    .optional()
    .describe('A role that owns the schema, when the running role is a lesser one'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://')
    .optional()
    .describe('Redis, in which several processes count the requests of each caller together'),
  TELEGRAM_BOT_TOKEN: botToken.optional().describe('The shop bot, from BotFather'),
  STAFF_BOT_TOKEN: botToken
    .optional()
    .describe('A second bot for the staff, from BotFather; without it staff use the shop bot'),
  TELEGRAM_API_ROOT: url.default('https://api.telegram.org').describe('A local Bot API server'),
  TELEGRAM_WEBHOOK: flag.default(false).describe('1: Telegram calls us under PUBLIC_URL; otherwise we ask it'),
  WECHAT_PUPPET: z
    .enum(['official-account', 'service', 'mock'])
    .optional()
    .describe(
      'How WeChat is reached: `official-account` (公众号), `service` (a Wechaty gateway to WeChat or WeCom) or `mock` (a pretend WeChat)',
    ),
  WECHAT_SERVICE_ENDPOINT: z
    .string()
    .regex(/^(\[[\da-f:]+\]|[\w.-]+):\d{1,5}$/i, 'must be host:port')
    .optional()
    .describe('Where that gateway is: host:port'),
  WECHAT_SERVICE_TOKEN: z
    .string()
    .regex(/^[\w.-]+_[\w.-]+$/, 'must be a name, an underscore and the rest, as the gateway gives it')
    .optional()
    .describe('Its token, for example insecure_ and a UUID'),
  WECHAT_SERVICE_TLS: flag.default(true).describe('0: without TLS, to a loopback or private address only'),
  WECHAT_APP_ID: z
    .string()
    .regex(/^wx[0-9a-z]{16}$/, 'must be wx and 16 characters, as mp.weixin.qq.com shows it')
    .optional()
    .describe('The official account: its AppID'),
  WECHAT_APP_SECRET: z.string().min(1).optional().describe('Its AppSecret'),
  WECHAT_TOKEN: z
    .string()
    .regex(/^[A-Za-z0-9]{3,32}$/, 'must be 3 to 32 letters and digits, the same as at mp.weixin.qq.com')
    .optional()
    .describe('The Token of its server configuration, which signs what WeChat sends'),
  WECHAT_AES_KEY: z
    .string()
    .regex(/^[A-Za-z0-9]{43}$/, 'must be the EncodingAESKey, 43 letters and digits')
    .optional()
    .describe('The EncodingAESKey of its server configuration: only encrypted messages (安全模式) are taken'),
  WECHAT_TEMPLATE_ID: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A message template without fields, sent once to whoever has something waiting when WeChat lets no more through',
    ),
  WECHAT_DOMAIN_PROOF: z
    .string()
    .transform((text) => text.replace(/^MP_verify_|\.txt$/g, ''))
    .pipe(z.string().regex(/^[A-Za-z0-9]{8,32}$/, 'must be the name of the file MP_verify_….txt, or what stands in it'))
    .optional()
    .describe('The file MP_verify_….txt by which WeChat sees that the domain is yours: its name; the shop serves it'),
  WECHAT_API_ROOT: url.default('https://api.weixin.qq.com').describe('Where WeChat’s API is called'),
  WECHAT_OAUTH_ROOT: url
    .default('https://open.weixin.qq.com')
    .describe('Where WeChat says who opens a page of the shop inside it'),
  WECHAT_PAY_MCH_ID: z
    .string()
    .regex(/^\d{8,10}$/, 'must be the 8 to 10 digits of the merchant account')
    .optional()
    .describe('WeChat Pay: the merchant account (商户号)'),
  WECHAT_PAY_APP_ID: z
    .string()
    .min(1)
    .optional()
    .describe('The AppID that is bound to the merchant account; default WECHAT_APP_ID'),
  WECHAT_PAY_KEY: z
    .string()
    .min(1)
    .optional()
    .describe('The merchant’s private key: the path of apiclient_key.pem, or what stands in it'),
  WECHAT_PAY_SERIAL: z
    .string()
    .regex(/^[0-9A-Fa-f]{8,40}$/, 'must be the hexadecimal serial number of the merchant certificate')
    .optional()
    .describe('The serial number of the merchant’s certificate'),
  WECHAT_PAY_API_V3_KEY: z
    .string()
    .refine((key) => Buffer.byteLength(key) === 32, 'must be the 32 characters set at the merchant platform')
    .optional()
    .describe('The APIv3 key (APIv3密钥)'),
  WECHAT_PAY_PUBLIC_KEY: z
    .string()
    .min(1)
    .optional()
    .describe(
      'WeChat Pay’s public key: the path of pub_key.pem, or what stands in it; without it certificates are used',
    ),
  WECHAT_PAY_PUBLIC_KEY_ID: z
    .string()
    .regex(/^PUB_KEY_ID_\w+$/, 'must begin with PUB_KEY_ID_')
    .optional()
    .describe('The id of that public key, PUB_KEY_ID_…'),
  WECHAT_PAY_API_ROOT: url.default('https://api.mch.weixin.qq.com').describe('Where WeChat Pay is asked'),
  WECHAT_PAY_CHANNELS: channels
    .default(['wechat', 'web', 'terminal'])
    .describe('On which channels WeChat Pay is offered; Telegram wants digital goods to be paid in Stars'),
  KEYTILL_OWNERS: owner.default([]).describe('Who owns the shop, for example telegram:123456'),
  HTTP_HOST: z.string().min(1).default('127.0.0.1').describe('Address the web chat listens on'),
  HTTP_PORT: port.default(8787).describe('Its port'),
  PUBLIC_URL: url.optional().describe('Where the world reaches the web server'),
  TRUST_PROXY: z
    .string()
    .min(1)
    .optional()
    .describe('Whose forwarded address is believed: addresses or networks, by commas; default nobody'),
  SMS_GATEWAY_URL: url
    .optional()
    .describe('Where codes for buyers’ phones are posted to be sent, as {"to":"+86…","text":"…"}'),
  SMS_GATEWAY_TOKEN: z.string().min(1).optional().describe('The bearer token of that gateway'),
  KEYTILL_CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters, for example CNY')
    .default('CNY')
    .describe('The currency of prices'),
  KEYTILL_SANDBOX: flag
    .optional()
    .describe('1: a pretend payment for demo products, on loopback only; default: on while nothing else is configured'),
  KEYTILL_ROLES: roles.default([...ROLES]).describe('What this process does: bots, web, worker'),
  LOG_LEVEL: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('warn')
    .describe('How much is logged'),
} as const

const schema = z.object(SETTINGS)
export type Settings = Readonly<z.infer<typeof schema>>

/**
 * Reads the settings from an environment. An empty value counts as unset.
 * @throws KeytillError `settings.invalid`: one sentence per wrong setting, naming it and what it must be; values are never repeated.
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const given = Object.fromEntries(
    Object.keys(SETTINGS).flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])),
  )
  const result = schema.safeParse(given)
  if (!result.success) throw invalid(result.error.issues.map((issue) => `${issue.path.join('.')}: ${sentence(issue)}`))
  const settings = result.data
  const problems: string[] = []
  if (settings.TELEGRAM_WEBHOOK && !settings.PUBLIC_URL?.startsWith('https://'))
    problems.push('TELEGRAM_WEBHOOK: needs PUBLIC_URL to be an https:// address that Telegram can reach')
  if (settings.STAFF_BOT_TOKEN && accountOf(settings.STAFF_BOT_TOKEN) === accountOf(settings.TELEGRAM_BOT_TOKEN))
    problems.push(
      'STAFF_BOT_TOKEN: this is the shop bot of TELEGRAM_BOT_TOKEN; ask BotFather for a second bot, or unset it and staff use the shop bot',
    )
  problems.push(...officialAccountProblems(settings))
  if (settings.KEYTILL_SANDBOX && !isLoopback(settings.HTTP_HOST))
    problems.push(
      'KEYTILL_SANDBOX: the pretend payment works on loopback only; set HTTP_HOST to 127.0.0.1 or unset KEYTILL_SANDBOX',
    )
  if (settings.KEYTILL_SANDBOX && settings.TELEGRAM_BOT_TOKEN)
    problems.push(
      'KEYTILL_SANDBOX: refused beside a real payment provider (Telegram Stars); unset it or TELEGRAM_BOT_TOKEN',
    )
  if (settings.WECHAT_PUPPET === 'service')
    for (const name of ['WECHAT_SERVICE_ENDPOINT', 'WECHAT_SERVICE_TOKEN'] as const)
      if (!settings[name]) problems.push(`${name}: WECHAT_PUPPET=service needs it`)
  if (!settings.WECHAT_SERVICE_TLS && settings.WECHAT_SERVICE_ENDPOINT && !isPrivate(settings.WECHAT_SERVICE_ENDPOINT))
    problems.push(
      'WECHAT_SERVICE_TLS: without TLS anyone on the way reads the keys; set it to 1, or use a loopback or private address',
    )
  if (settings.SMS_GATEWAY_URL && !settings.SMS_GATEWAY_TOKEN)
    problems.push('SMS_GATEWAY_URL: needs SMS_GATEWAY_TOKEN as well; set both or neither')
  if (settings.SMS_GATEWAY_TOKEN && !settings.SMS_GATEWAY_URL)
    problems.push('SMS_GATEWAY_TOKEN: needs SMS_GATEWAY_URL as well; set both or neither')
  problems.push(...wechatPayProblems(settings))
  if (problems.length > 0) throw invalid(problems)
  return settings
}

/** What WeChat Pay cannot do without. */
const WECHAT_PAY = ['WECHAT_PAY_MCH_ID', 'WECHAT_PAY_KEY', 'WECHAT_PAY_SERIAL', 'WECHAT_PAY_API_V3_KEY'] as const

function wechatPayProblems(settings: Settings): string[] {
  const problems: string[] = []
  const missing = WECHAT_PAY.filter((name) => settings[name] === undefined)
  if (missing.length > 0)
    for (const name of WECHAT_PAY.filter((one) => settings[one] !== undefined))
      problems.push(`${name}: WeChat Pay needs ${missing.join(', ')} as well; set all of them or none`)
  if ((settings.WECHAT_PAY_PUBLIC_KEY === undefined) !== (settings.WECHAT_PAY_PUBLIC_KEY_ID === undefined))
    problems.push('WECHAT_PAY_PUBLIC_KEY: goes with WECHAT_PAY_PUBLIC_KEY_ID; set both or neither')
  if (missing.length > 0) return problems
  if (wechatPayAppId(settings) === undefined)
    problems.push('WECHAT_PAY_APP_ID: WeChat Pay needs the AppID that is bound to the merchant account')
  if (settings.WECHAT_PUPPET === 'official-account' && wechatPayAppId(settings) !== settings.WECHAT_APP_ID)
    problems.push('WECHAT_PAY_APP_ID: must be WECHAT_APP_ID, whose followers are to pay inside WeChat; leave it out')
  if (!settings.PUBLIC_URL?.startsWith('https://'))
    problems.push('WECHAT_PAY_MCH_ID: needs PUBLIC_URL to be an https:// address at which WeChat Pay can call us')
  if (settings.KEYTILL_SANDBOX)
    problems.push('KEYTILL_SANDBOX: refused beside a real payment provider (WeChat Pay); unset it or WECHAT_PAY_MCH_ID')
  return problems
}

/** The AppID under which WeChat Pay is asked. */
export const wechatPayAppId = (settings: Settings): string | undefined =>
  settings.WECHAT_PAY_APP_ID ?? settings.WECHAT_APP_ID

/** What an official account needs, and WeChat to call us. */
function officialAccountProblems(settings: z.infer<typeof schema>): string[] {
  if (settings.WECHAT_PUPPET !== 'official-account') return []
  const missing = (['WECHAT_APP_ID', 'WECHAT_APP_SECRET', 'WECHAT_TOKEN'] as const).filter((name) => !settings[name])
  return [
    ...missing.map((name) => `${name}: needed by WECHAT_PUPPET=official-account; mp.weixin.qq.com has it`),
    ...(settings.PUBLIC_URL
      ? []
      : ['WECHAT_PUPPET: official-account needs PUBLIC_URL to be the address at which WeChat calls the web server']),
  ]
}

/** True when people come from elsewhere, whatever the web server listens on. */
const isOpenToAll = ({ TELEGRAM_BOT_TOKEN, WECHAT_PUPPET }: Settings): boolean =>
  TELEGRAM_BOT_TOKEN !== undefined || WECHAT_PUPPET === 'official-account'

/** The account of a bot, whose token may be changed: the number before the colon. */
const accountOf = (token: string | undefined): string | undefined => token?.split(':', 1)[0]

/** Whether the pretend payment is offered: as set, else while no channel and no payment provider is configured, on loopback. */
export function sandboxOffered(settings: Settings): boolean {
  const isReal = isOpenToAll(settings) || settings.WECHAT_PAY_MCH_ID !== undefined
  return settings.KEYTILL_SANDBOX ?? (!isReal && isLoopback(settings.HTTP_HOST))
}

/**
 * Where buyers reach the web server: PUBLIC_URL; without it, on loopback and while nobody can come from elsewhere by
 * Telegram, the address it listens on. Undefined: nowhere that is known. Without a slash at the end.
 */
export function webAddress(settings: Settings): string | undefined {
  const { PUBLIC_URL, HTTP_HOST, HTTP_PORT, TELEGRAM_BOT_TOKEN } = settings
  if (PUBLIC_URL) return PUBLIC_URL
  if (!isLoopback(HTTP_HOST) || HTTP_PORT === 0 || TELEGRAM_BOT_TOKEN) return undefined
  return `http://${HTTP_HOST.includes(':') ? `[${HTTP_HOST}]` : HTTP_HOST}:${HTTP_PORT}`
}

/** True for an address that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** True for a host:port that is reached without leaving one's own network, as far as the address alone tells. */
function isPrivate(endpoint: string): boolean {
  const host = endpoint.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  // A name without a dot is one of a private network too, as between containers.
  return (
    isLoopback(host) ||
    /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)[\d.]+$|^f[cd][\da-f]{2}:|^[a-z][\w-]*$/i.test(host)
  )
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`
  return issue.message
}

function invalid(problems: readonly string[]): KeytillError {
  return new KeytillError(
    'settings.invalid',
    `These settings need a change before the shop can start:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
  )
}
