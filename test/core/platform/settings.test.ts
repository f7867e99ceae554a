import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLoopback, readSettings, SETTINGS, sandboxOffered, webAddress } from '../../../core/platform/settings.ts'

const TOKEN = '123456:AAaa-BBbb_CCccDDddEEeeFFff'
/** WeChat Pay, all of it. */
const PAY = {
  WECHAT_PAY_MCH_ID: '1900000109',
  WECHAT_PAY_APP_ID: 'wxd678efh567hg6787',
  WECHAT_PAY_KEY: '/etc/keytill/apiclient_key.pem',
  WECHAT_PAY_SERIAL: '5DC1C7A8B1F4E0E2',
  WECHAT_PAY_API_V3_KEY: '0123456789abcdef0123456789abcdef',
  PUBLIC_URL: 'https://shop.example',
}

/** All that an official account needs, but for one. */
function without(name: string): Record<string, string> {
  const { [name]: _left, ...rest }: Record<string, string> = {
    WECHAT_PUPPET: 'official-account',
    WECHAT_APP_ID: 'wx0123456789abcdef',
    WECHAT_APP_SECRET: 'Geheim',
    WECHAT_TOKEN: 'token',
    PUBLIC_URL: 'https://shop.example',
  }
  return rest
}

/** The message that refuses these settings. */
function refusal(environment: Record<string, string>): string {
  try {
    readSettings(environment)
  } catch (error) {
    expect(error).toMatchObject({ code: 'settings.invalid' })
    return (error as Error).message
  }
  throw new Error('the settings were taken')
}

describe('wrong settings', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['DATABASE_URL', { DATABASE_URL: 'mysql://root:Geheim@db' }, /must begin with postgres:\/\//],
    ['MIGRATE_DATABASE_URL', { MIGRATE_DATABASE_URL: 'Geheim' }, /must begin with postgres:\/\//],
    ['TELEGRAM_BOT_TOKEN', { TELEGRAM_BOT_TOKEN: 'Geheim' }, /must look like 123456:ABC…/],
    ['STAFF_BOT_TOKEN', { STAFF_BOT_TOKEN: 'Geheim' }, /must look like 123456:ABC…/],
    ['STAFF_BOT_TOKEN', { TELEGRAM_BOT_TOKEN: TOKEN, STAFF_BOT_TOKEN: TOKEN }, /is the shop bot of TELEGRAM_BOT_TOKEN/],
    // the same bot, before and after its token was changed
    ['STAFF_BOT_TOKEN', { TELEGRAM_BOT_TOKEN: TOKEN, STAFF_BOT_TOKEN: `${TOKEN}x` }, /ask BotFather for a second bot/],
    ['WECHAT_PAY_APP_ID', { ...without(''), ...PAY }, /must be WECHAT_APP_ID, whose followers/],
    ['TELEGRAM_API_ROOT', { TELEGRAM_API_ROOT: 'ftp://Geheim' }, /must begin with http/],
    ['TELEGRAM_WEBHOOK', { TELEGRAM_WEBHOOK: 'Geheim' }, /must be one of 0, 1/],
    ['TELEGRAM_WEBHOOK', { TELEGRAM_WEBHOOK: '1' }, /needs PUBLIC_URL to be an https/],
    ['TELEGRAM_WEBHOOK', { TELEGRAM_WEBHOOK: '1', PUBLIC_URL: 'http://Geheim' }, /needs PUBLIC_URL to be an https/],
    ['WECHAT_PUPPET', { WECHAT_PUPPET: 'Geheim' }, /must be one of official-account, service, mock/],
    ['WECHAT_SERVICE_ENDPOINT', { WECHAT_SERVICE_ENDPOINT: 'http://Geheim' }, /must be host:port/],
    ['WECHAT_SERVICE_TOKEN', { WECHAT_SERVICE_TOKEN: 'Geheim' }, /a name, an underscore and the rest/],
    ['WECHAT_SERVICE_ENDPOINT', { WECHAT_PUPPET: 'service', WECHAT_SERVICE_TOKEN: 'insecure_Geheim' }, /needs it/],
    ['WECHAT_SERVICE_TOKEN', { WECHAT_PUPPET: 'service', WECHAT_SERVICE_ENDPOINT: 'gate.example:1' }, /needs it/],
    ['WECHAT_SERVICE_TLS', { WECHAT_SERVICE_ENDPOINT: 'gate.example:1', WECHAT_SERVICE_TLS: '0' }, /reads the keys/],
    ['WECHAT_SERVICE_TLS', { WECHAT_SERVICE_ENDPOINT: '8.8.8.8:1', WECHAT_SERVICE_TLS: '0' }, /private address/],
    ['WECHAT_APP_ID', { WECHAT_APP_ID: 'Geheim' }, /must be wx and 16 characters/],
    ['WECHAT_TOKEN', { WECHAT_TOKEN: 'Geheim!' }, /letters and digits/],
    ['WECHAT_AES_KEY', { WECHAT_AES_KEY: 'Geheim' }, /43 letters and digits/],
    ['WECHAT_API_ROOT', { WECHAT_API_ROOT: 'Geheim' }, /must begin with http/],
    ['WECHAT_APP_SECRET', without('WECHAT_APP_SECRET'), /needed by WECHAT_PUPPET=official-account/],
    ['WECHAT_TOKEN', without('WECHAT_TOKEN'), /needed by WECHAT_PUPPET=official-account/],
    ['WECHAT_PUPPET', without('PUBLIC_URL'), /needs PUBLIC_URL/],
    ['KEYTILL_OWNERS', { KEYTILL_OWNERS: 'Geheim' }, /must be a list like telegram:123456/],
    ['KEYTILL_OWNERS', { KEYTILL_OWNERS: 'telegram:1,Geheim' }, /must be a list like telegram:123456/],
    ['HTTP_PORT', { HTTP_PORT: 'Geheim' }, /number/],
    ['HTTP_PORT', { HTTP_PORT: '65536' }, /65535/],
    ['HTTP_PORT', { HTTP_PORT: '80.5' }, /int/],
    ['PUBLIC_URL', { PUBLIC_URL: 'Geheim' }, /must begin with http/],
    ['KEYTILL_CURRENCY', { KEYTILL_CURRENCY: 'geheim' }, /must be three capital letters/],
    ['KEYTILL_SANDBOX', { KEYTILL_SANDBOX: 'Geheim' }, /must be one of 0, 1/],
    ['KEYTILL_SANDBOX', { KEYTILL_SANDBOX: '1', HTTP_HOST: '0.0.0.0' }, /works on loopback only/],
    ['KEYTILL_SANDBOX', { KEYTILL_SANDBOX: '1', TELEGRAM_BOT_TOKEN: TOKEN }, /beside a real payment provider/],
    ['WECHAT_PAY_MCH_ID', { ...PAY, WECHAT_PAY_MCH_ID: 'Geheim' }, /must be the 8 to 10 digits/],
    ['WECHAT_PAY_API_V3_KEY', { ...PAY, WECHAT_PAY_API_V3_KEY: 'Geheim' }, /must be the 32 characters/],
    ['WECHAT_PAY_SERIAL', { ...PAY, WECHAT_PAY_SERIAL: 'Geheim' }, /must be the hexadecimal serial number/],
    [
      'WECHAT_PAY_KEY',
      { WECHAT_PAY_KEY: 'Geheim' },
      /needs WECHAT_PAY_MCH_ID, WECHAT_PAY_SERIAL, WECHAT_PAY_API_V3_KEY/,
    ],
    ['WECHAT_PAY_APP_ID', { ...PAY, WECHAT_PAY_APP_ID: '' }, /needs the AppID that is bound/],
    ['WECHAT_PAY_PUBLIC_KEY', { ...PAY, WECHAT_PAY_PUBLIC_KEY: 'Geheim' }, /goes with WECHAT_PAY_PUBLIC_KEY_ID/],
    ['WECHAT_PAY_PUBLIC_KEY_ID', { ...PAY, WECHAT_PAY_PUBLIC_KEY_ID: 'Geheim' }, /must begin with PUB_KEY_ID_/],
    ['WECHAT_PAY_MCH_ID', { ...PAY, PUBLIC_URL: 'http://Geheim' }, /needs PUBLIC_URL to be an https/],
    [
      'WECHAT_PAY_CHANNELS',
      { ...PAY, WECHAT_PAY_CHANNELS: 'web,Geheim' },
      /must be some of telegram,wechat,web,terminal/,
    ],
    ['KEYTILL_SANDBOX', { ...PAY, KEYTILL_SANDBOX: '1' }, /beside a real payment provider \(WeChat Pay\)/],
    ['KEYTILL_ROLES', { KEYTILL_ROLES: 'bots,Geheim' }, /must be some of bots,web,worker/],
    ['KEYTILL_ROLES', { KEYTILL_ROLES: ',' }, /must be some of bots,web,worker/],
    ['LOG_LEVEL', { LOG_LEVEL: 'Geheim' }, /must be one of silent, fatal, error, warn, info, debug, trace/],
  ])('%s: %j', (name, environment, must) => {
    const message = refusal(environment)
    const [headline, ...problems] = message.split('\n')
    expect(headline).toBe('These settings need a change before the shop can start:')
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(new RegExp(`^ {2}${name}: `))
    expect(problems[0]).toMatch(must)
    expect(message).not.toMatch(/geheim/i)
    expect(message).not.toContain(TOKEN)
  })

  it('are told all at once', () => {
    expect(refusal({ HTTP_PORT: 'x', LOG_LEVEL: 'x' }).split('\n')).toHaveLength(3)
  })

  it('are never repeated, whatever they are', () => {
    const garbage = fc.string().map((noise) => `GEHEIM${noise}`)
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(SETTINGS)), garbage, (name, value) => {
        try {
          readSettings({ [name]: value })
        } catch (error) {
          expect((error as Error).message).toContain(`${name}: `)
          expect((error as Error).message).not.toContain('GEHEIM')
        }
      }),
    )
  })
})

describe('settings that are given', () => {
  it('have defaults that need nothing else', () => {
    expect(readSettings({})).toEqual({
      KEYTILL_DATA: '.keytill',
      TELEGRAM_API_ROOT: 'https://api.telegram.org',
      TELEGRAM_WEBHOOK: false,
      WECHAT_SERVICE_TLS: true,
      WECHAT_API_ROOT: 'https://api.weixin.qq.com',
      WECHAT_OAUTH_ROOT: 'https://open.weixin.qq.com',
      WECHAT_PAY_API_ROOT: 'https://api.mch.weixin.qq.com',
      WECHAT_PAY_CHANNELS: ['wechat', 'web', 'terminal'],
      KEYTILL_OWNERS: [],
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: 8787,
      KEYTILL_CURRENCY: 'CNY',
      KEYTILL_ROLES: ['bots', 'web', 'worker'],
      LOG_LEVEL: 'warn',
    })
  })

  it('count as unset when empty', () => {
    const empty = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, '']))
    expect(readSettings(empty)).toEqual(readSettings({}))
  })

  it.each(['MP_verify_AbCdEf0123456789.txt', 'AbCdEf0123456789'])('know the proof of a domain by %s', (typed) => {
    expect(readSettings({ WECHAT_DOMAIN_PROOF: typed }).WECHAT_DOMAIN_PROOF).toBe('AbCdEf0123456789')
    expect(refusal({ WECHAT_DOMAIN_PROOF: '../etc/passwd' })).toMatch(/WECHAT_DOMAIN_PROOF: must be the name/)
  })

  it('are read as they are meant', () => {
    const settings = readSettings({
      KEYTILL_OWNERS: ' telegram:123, wechat:o_pen-ID ,',
      KEYTILL_ROLES: 'web, worker',
      PUBLIC_URL: 'https://shop.example//',
      TELEGRAM_WEBHOOK: '1',
      TELEGRAM_BOT_TOKEN: TOKEN,
      HTTP_PORT: '0',
      SOMETHING_ELSE: 'ignored',
    })
    expect(settings).toMatchObject({
      KEYTILL_OWNERS: [
        { channel: 'telegram', id: '123' },
        { channel: 'wechat', id: 'o_pen-ID' },
      ],
      KEYTILL_ROLES: ['web', 'worker'],
      PUBLIC_URL: 'https://shop.example',
      TELEGRAM_WEBHOOK: true,
      HTTP_PORT: 0,
    })
  })
})

describe('the address of the web server', () => {
  it.each<[Record<string, string>, string | undefined]>([
    [{}, 'http://127.0.0.1:8787'],
    [{ HTTP_HOST: '::1', HTTP_PORT: '80' }, 'http://[::1]:80'],
    [{ PUBLIC_URL: 'https://shop.example/', TELEGRAM_BOT_TOKEN: TOKEN }, 'https://shop.example'],
    // Who comes by Telegram is not on this machine.
    [{ TELEGRAM_BOT_TOKEN: TOKEN }, undefined],
    [{ HTTP_HOST: '0.0.0.0' }, undefined],
    [{ HTTP_PORT: '0' }, undefined],
  ])('%j → buyers are told %s', (environment, address) => {
    expect(webAddress(readSettings(environment))).toBe(address)
  })
})

describe('the pretend payment', () => {
  it.each<[Record<string, string>, boolean]>([
    [{}, true],
    [{ KEYTILL_SANDBOX: '0' }, false],
    [{ KEYTILL_SANDBOX: '1' }, true],
    [{ TELEGRAM_BOT_TOKEN: TOKEN }, false],
    [PAY, false],
    [{ HTTP_HOST: '0.0.0.0' }, false],
    [{ HTTP_HOST: 'localhost' }, true],
    [{ HTTP_HOST: '::1' }, true],
  ])('%j → offered: %s', (environment, offered) => {
    expect(sandboxOffered(readSettings(environment))).toBe(offered)
  })

  it.each(['0.0.0.0', '::', '127.0.0.1.example', 'example.com', '10.0.0.1', '128.0.0.1', ''])(
    '%j is not loopback',
    (host) => {
      expect(isLoopback(host)).toBe(false)
    },
  )
})

it.each(['127.0.0.1', 'localhost', '[::1]', '10.1.2.3', '192.168.0.9', '172.20.0.2', '[fd12::1]', 'gateway'])(
  'takes a WeChat gateway without TLS at %s',
  (host) => {
    const settings = { WECHAT_SERVICE_ENDPOINT: `${host}:8788`, WECHAT_SERVICE_TLS: '0' }
    expect(readSettings(settings).WECHAT_SERVICE_TLS).toBe(false)
  },
)
