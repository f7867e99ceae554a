import { beforeAll, describe, expect, it } from 'vitest'
import { minutes } from '../../../core/platform/clock.ts'
import type { Channel } from '../../conversations/channel.ts'
import { openWechatService } from '../../conversations/channels/wechat-service.ts'
import { buy, fill, order } from '../../conversations/steps.ts'
import { startGateway, type TestGateway } from './gateway.ts'

describe('a gateway that is away in the middle of a sale', () => {
  let gateway: TestGateway
  let channel: Channel
  beforeAll(async () => {
    gateway = await startGateway()
    channel = await openWechatService(gateway)
  })

  it('loses nothing without saying so', { timeout: 60_000 }, async () => {
    const { program } = channel
    const { shop, stand } = program
    const product = await program.product(5)
    const boss = await channel.join('boss', { owner: true })
    const alice = await channel.join('alice')
    const { t } = alice
    await fill(alice, product)
    const no = await order(alice)
    const placed = await shop.orders.byNo(no.replace('-', ''))
    if (!placed) throw new Error('no order')

    alice.sight.act()
    boss.sight.act()
    await gateway.kill()
    await expect.poll(async () => (await shop.health()).checks.wechat, { timeout: 5000 }).toBe('away')
    // Said while nobody hears it; and paid elsewhere, so that there are keys to be told of.
    await alice.say('/orders')
    await stand.receive(placed)
    stand.clock.advance(minutes(2))
    await expect.poll(async () => (await shop.orders.byNo(placed.no))?.state).toBe('delivered')
    await gateway.restart()

    // What the shop had to say comes late, and once; what nobody heard is named as missing to both sides.
    const sees = ({ sight }: typeof alice, text: string) =>
      expect.poll(() => sight.newest((seen) => seen.text.includes(text)), { timeout: 20_000 }).toBeDefined()
    await sees(alice, t.notices.delivered(no))
    await sees(alice, t.wasAway(2))
    await sees(boss, boss.staff.channelBack(t.channels.wechat ?? ''))
    expect((await shop.health()).checks.wechat).toBe('ok')
    const texts = alice.sight.all().map(({ text }) => text)
    expect(texts.filter((text) => text.includes(t.notices.delivered(no)))).toHaveLength(1)
    const said = program.shown.filter(({ chat }) => chat === alice.chat).map(({ text }) => text)
    expect(said.some((text) => text.startsWith(t.ordersTitle))).toBe(false)

    // And said again it is answered, and a sale goes as before.
    await alice.say('/orders')
    await alice.see(t.ordersTitle)
    await buy(alice, product)
  })
})
