import type { Puppet } from 'wechaty-puppet'
import { mock, PuppetMock } from 'wechaty-puppet-mock'
import { KeytillError } from '../../core/platform/errors.ts'

/**
 * The way to WeChat that the settings name. `mock` is a pretend WeChat inside this process, whose account logs in by itself.
 * @throws KeytillError `wechat.unknown_puppet`, naming the values that work
 */
export function createPuppet(settings: { readonly WECHAT_PUPPET: string }): Puppet {
  if (settings.WECHAT_PUPPET !== 'mock')
    throw new KeytillError('wechat.unknown_puppet', 'WECHAT_PUPPET must be `mock`: nothing else is supported yet.')
  const mocker = new mock.Mocker()
  mocker.use((pretend) => {
    pretend.login(pretend.createContact({ id: 'keytill', name: 'keytill' }))
    return () => {}
  })
  return new PuppetMock({ mocker })
}
