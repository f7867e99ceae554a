import type { AccessTokens } from '../../../core/access-tokens/service.ts'
import type { CodeMaker } from '../../../core/sources/model.ts'
import type { AccountSettings } from './account.ts'
import { createApi } from './api.ts'

/** The codes that lead to the account. Any process may make them, whether it hears the account or not. */
export function createCodes(settings: AccountSettings, tokens: AccessTokens): CodeMaker {
  const { WECHAT_APP_ID: appId, WECHAT_APP_SECRET: secret, WECHAT_API_ROOT: root } = settings
  return { account: `wechat:${appId}`, make: createApi({ root, appId, secret, tokens }).sceneCode }
}
