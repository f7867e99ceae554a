import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Puppet } from 'wechaty-puppet'
import { createPresence } from '../../../bots/wechat/presence.ts'
import { after, minutes, seconds } from '../../../core/platform/clock.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeEach(async () => {
  stand = await openShop()
})

/** What staff are to be told, and when. */
const news = () =>
  stand.rows<{ payload: object; run_at: Date }>(
    `SELECT payload, run_at FROM graphile_worker._private_jobs WHERE key LIKE 'outage:%' ORDER BY id`,
  )
const missed = () =>
  stand.rows<{ payload: { to: { chat: string } }; run_at: Date }>(
    `SELECT payload, run_at FROM graphile_worker._private_jobs WHERE key LIKE 'missed:%' ORDER BY run_at`,
  )
/** The channel goes away and is back so long later. */
async function gap(ms: number, people: readonly string[] = []) {
  const watch = stand.shop.outages.watch('wechat')
  const from = stand.clock()
  await watch.away(from)
  stand.clock.advance(ms)
  await watch.back({ from, until: stand.clock(), people })
}

describe('an outage', () => {
  it('is on the health page and in the metrics, and leaves the shop well', async () => {
    const watch = stand.shop.outages.watch('wechat')
    expect((await stand.shop.health()).checks).not.toHaveProperty('wechat')
    await watch.back()
    expect((await stand.shop.health()).checks).toMatchObject({ wechat: 'ok' })
    await watch.away(stand.clock())
    expect(await stand.shop.health()).toMatchObject({ ok: true, checks: { wechat: 'away' } })
    expect((await stand.shop.metrics.text()).body).toContain('keytill_channel_up{channel="wechat"} 0')
    await watch.back()
    expect((await stand.shop.metrics.text()).body).toContain('keytill_channel_up{channel="wechat"} 1')
  })

  it('is told when it lasts, and its end takes the place of what was not told', async () => {
    const since = stand.clock()
    await stand.shop.outages.watch('wechat').away(since)
    expect(await news()).toEqual([
      { payload: { kind: 'outage', where: 'wechat', since: since.toISOString() }, run_at: after(since, seconds(30)) },
    ])
    stand.clock.advance(seconds(20))
    await stand.shop.outages.watch('wechat').back({ from: since, until: stand.clock(), people: [] })
    expect(await news()).toEqual([
      { payload: expect.objectContaining({ until: stand.clock().toISOString(), times: 1 }), run_at: stand.clock() },
    ])
  })

  it('that begins before an earlier one was told is not told as over', async () => {
    await gap(seconds(2))
    stand.clock.advance(seconds(5))
    await gap(seconds(2))
    stand.clock.advance(seconds(5))
    const since = after(stand.clock(), -seconds(7))
    await stand.shop.outages.watch('wechat').away(stand.clock())
    const [, told, ...more] = await news()
    expect(told?.payload).toEqual({ kind: 'outage', where: 'wechat', since: since.toISOString() })
    expect(told?.run_at.getTime()).toBeGreaterThan(after(stand.clock(), seconds(29)).getTime())
    expect(more).toEqual([])
  })

  it('is told when it is over although that could not be written down at first', async () => {
    const puppet = new EventEmitter() as EventEmitter & Puppet
    const told: string[] = []
    let away = true
    const tell = async (what: string) => {
      if (away) throw new Error('the database is away as well')
      told.push(what)
    }
    const watch = { away: () => tell('away'), back: () => tell('back') }
    const presence = createPresence(puppet, watch, silentLog, stand.clock)
    puppet.emit('logout')
    puppet.emit('login')
    away = false
    await vi.waitFor(() => expect(told).toEqual(['away', 'back']), { timeout: 10_000 })
    presence.close()
  })

  it('that comes again and again is told together, from the first to the last', async () => {
    await gap(seconds(2))
    const told = stand.clock()
    const first = after(told, seconds(5))
    for (let n = 0; n < 5; n++) {
      stand.clock.advance(seconds(5))
      await gap(seconds(3))
    }
    const [, gathered, ...more] = await news()
    expect(more).toEqual([])
    expect(gathered).toEqual({
      payload: expect.objectContaining({ since: first.toISOString(), until: stand.clock().toISOString(), times: 5 }),
      run_at: after(told, minutes(10)),
    })
  })
})

describe('who was talking', () => {
  it('learns of it, one after the other, when it was not short', async () => {
    const people = ['alice', 'bob']
    for (const id of people) await stand.meet({ channel: 'wechat', id })
    await gap(minutes(2), people)
    const jobs = await missed()
    expect(jobs.map(({ payload }) => payload.to.chat)).toEqual(['chat-alice', 'chat-bob'])
    expect(jobs.map(({ run_at }) => run_at)).toEqual([stand.clock(), after(stand.clock(), seconds(3))])
  })

  it('does not for a moment, nor again soon, and nobody does whom the shop never met', async () => {
    await stand.meet({ channel: 'wechat', id: 'alice' })
    await gap(seconds(4), ['alice'])
    expect(await missed()).toHaveLength(0)
    await gap(minutes(1), ['alice', 'nobody'])
    expect(await missed()).toHaveLength(1)
    await stand.rows(`DELETE FROM graphile_worker._private_jobs WHERE key LIKE 'missed:%'`)
    await gap(minutes(1), ['alice'])
    expect(await missed()).toHaveLength(0)
    stand.clock.advance(minutes(30))
    await gap(minutes(1), ['alice'])
    expect(await missed()).toHaveLength(1)
  })

  it('are at most twenty', async () => {
    const people = Array.from({ length: 25 }, (_, n) => `buyer${n}`)
    for (const id of people) await stand.meet({ channel: 'wechat', id })
    await gap(minutes(2), people)
    expect(await missed()).toHaveLength(20)
  })
})
