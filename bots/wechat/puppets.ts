import type { Puppet } from 'wechaty-puppet'
import { KeytillError } from '../../core/platform/errors.ts'
import type { Log } from '../../core/platform/log.ts'
import type { Settings } from '../../core/platform/settings.ts'

/** The settings that say how WeChat is reached. */
export type WechatSettings = Pick<Settings, 'WECHAT_PUPPET'> &
  Partial<Pick<Settings, 'WECHAT_SERVICE_ENDPOINT' | 'WECHAT_SERVICE_TOKEN' | 'WECHAT_SERVICE_TLS'>>

/**
 * The way to WeChat that the settings name; the library of another is not loaded. `mock` is a pretend WeChat inside this process, whose
 * account logs in by itself; `service` a gateway that holds the account.
 * @throws KeytillError `wechat.unknown_puppet`, naming the values that work; `wechat.gateway_unreachable`, `wechat.gateway_refused`
 */
export async function createPuppet(settings: WechatSettings, log: Log): Promise<Puppet> {
  if (settings.WECHAT_PUPPET === 'mock') return pretendWechat()
  if (settings.WECHAT_PUPPET === 'service') return gateway(settings, log)
  throw new KeytillError('wechat.unknown_puppet', 'WECHAT_PUPPET must be `mock` or `service`.')
}

async function pretendWechat(): Promise<Puppet> {
  const { mock, PuppetMock } = await import('wechaty-puppet-mock')
  const mocker = new mock.Mocker()
  mocker.use((pretend) => {
    pretend.login(pretend.createContact({ id: 'keytill', name: 'keytill' }))
    return () => {}
  })
  return new PuppetMock({ mocker })
}

async function gateway(settings: WechatSettings, log: Log): Promise<Puppet> {
  const { WECHAT_SERVICE_ENDPOINT: endpoint, WECHAT_SERVICE_TOKEN: token, WECHAT_SERVICE_TLS: tls = true } = settings
  if (!endpoint || !token)
    throw new KeytillError('wechat.no_gateway', 'Set WECHAT_SERVICE_ENDPOINT and WECHAT_SERVICE_TOKEN.')
  const { connectGateway } = await import('./service/puppet.ts')
  return connectGateway({ endpoint, token, tls }, log)
}
