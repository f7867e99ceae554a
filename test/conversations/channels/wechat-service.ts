import { createPuppet } from '../../../bots/wechat/puppets.ts'
import { startGateway, type TestGateway } from '../../bots/wechat/gateway.ts'
import type { Channel } from '../channel.ts'
import { openWechatOn } from './wechat.ts'

/** WeChat through a gateway, over gRPC. The gateway outlives the programs that come and go. */
export async function openWechatService(gateway?: TestGateway): Promise<Channel> {
  const { wechat, endpoint, token } = gateway ?? (await startGateway())
  return openWechatOn('wechat', async () => ({
    wechat,
    reach: (log) =>
      createPuppet(
        {
          WECHAT_PUPPET: 'service',
          WECHAT_SERVICE_ENDPOINT: endpoint,
          WECHAT_SERVICE_TOKEN: token,
          WECHAT_SERVICE_TLS: false,
        },
        log,
      ),
  }))
}
