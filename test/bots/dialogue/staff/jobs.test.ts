import { beforeAll, beforeEach, expect, it } from 'vitest'
import type { Channel } from '../../../../bots/dialogue/channel.ts'
import { TEXTS } from '../../../../bots/dialogue/locales/texts.ts'
import { createMessenger } from '../../../../bots/dialogue/notices.ts'
import { plain, type Screen } from '../../../../bots/dialogue/screen.ts'
import type { Notice } from '../../../../core/notifications/model.ts'
import { hours } from '../../../../core/platform/clock.ts'
import { openShop, type Stand } from '../../../stand/shop.ts'
import { type Talk, talkTo } from '../memory-channel.ts'

const { staff, buyer } = TEXTS.en
let stand: Stand
let boss: Talk
beforeAll(async () => {
  stand = await openShop({ owners: 'web:boss' })
  boss = talkTo(stand.shop, 'boss')
})
beforeEach(async () => {
  await stand.rows('DELETE FROM graphile_worker._private_jobs')
})

async function member(role: string): Promise<Talk> {
  const talk = talkTo(stand.shop, role)
  await talk.say(`/claim ${(await stand.shop.staff.invite('operator', role, hours(1))).code}`)
  return talk
}

async function dead(orderNo: string): Promise<string> {
  const [job] = await stand.rows<{ id: bigint }>(
    `SELECT (graphile_worker.add_job('notice:web', json_build_object('event', 'delivered', 'orderNo', $1::text), job_key := $1)).id`,
    [orderNo],
  )
  await stand.rows(`SELECT FROM graphile_worker.permanently_fail_jobs(ARRAY[$1::bigint], 'telegram.refused')`, [
    job?.id,
  ])
  return String(job?.id)
}

const buttonsOf = (screens: readonly Screen[]): string[] =>
  screens.flatMap(({ buttons = [] }) => buttons.flat()).flatMap((button) => ('action' in button ? [button.action] : []))

it('lists failed jobs in pages, opens one, and tries it again', async () => {
  expect(await boss.say('/jobs')).toContain(staff.noJobs)
  const ids: string[] = []
  for (let i = 2; i < 9; i++) ids.push(await dead(`K7MQ4XD${i}`))
  const said = await boss.say('/jobs')
  expect(said).toContain(staff.jobsTitle(7))
  expect(said).toContain(buyer.page(1, 2))
  expect(buttonsOf(boss.screens)).toEqual([
    ...ids.slice(0, 6).map((id) => `s-job:${id}`),
    's-jobs:1',
    's-jobs-retry',
    's-menu',
  ])
  const page = await boss.press(`s-job:${ids[0]}`)
  for (const part of ['notice:web', 'orderNo K7MQ4XD2', 'telegram.refused', staff.jobTitle(ids[0] ?? '')])
    expect(page).toContain(part)
  expect(buttonsOf(boss.screens)).toEqual([
    `s-job-retry:${ids[0]}`,
    `s-job-drop:${ids[0]}`,
    's-order:K7MQ4XD2',
    's-jobs:0',
    's-menu',
  ])
  expect(await boss.press(`s-job-retry:${ids[0]}`)).toContain(staff.jobRetried(ids[0] ?? ''))
  expect(await boss.press(`s-job-retry:${ids[0]}`)).toContain(staff.jobGone)
  expect(await boss.press('s-jobs-retry')).toContain(staff.jobsRetried(6))
  expect((await stand.shop.deadLetters.list(0)).total).toBe(0)
})

it('asks before it drops one', async () => {
  const id = await dead('K7MQ4XD2')
  expect(await boss.press(`s-job-drop:${id}`)).toContain(staff.jobDropAsk)
  expect(buttonsOf(boss.screens)).toContain(`s-job-drop-yes:${id}`)
  expect((await stand.shop.deadLetters.list(0)).total).toBe(1)
  expect(await boss.press(`s-job-drop-yes:${id}`)).toContain(staff.jobDropped(id))
  expect(await boss.say(`/jobs ${id}`)).toContain(staff.jobGone)
})

it('is for owners and managers, who alone are told of it', async () => {
  const id = await dead('K7MQ4XD2')
  for (const role of ['manager', 'stock'] as const) {
    const talk = await member(role)
    const may = role === 'manager'
    expect((await talk.say('/jobs')).includes(staff.jobsTitle(1))).toBe(may)
    const sent: Screen[] = []
    const channel: Channel = {
      name: 'web',
      capabilities: {
        buttons: true,
        edit: true,
        delete: true,
        invoice: false,
        spoiler: true,
        copy: true,
        files: true,
        pictures: true,
        contact: false,
        textLength: 4096,
      },
      send: async (_chat, screen) => String(sent.push(screen)),
      edit: async (_chat, messageId) => messageId,
      remove: async () => true,
      acknowledge: async () => {},
    }
    const { id: customerId } = await stand.shop.customers.meet({ channel: 'web', externalId: role, chat: role })
    const to: Notice['to'] = { customerId, channel: 'web', chat: role }
    const messenger = createMessenger(stand.shop, channel)
    await messenger.deliver({ kind: 'jobs', to, minute: 'm' })
    expect(sent.map(({ text }) => plain(text))).toEqual(may ? [staff.jobsNotice(1)] : [])
  }
  expect(await talkTo(stand.shop, 'stranger').press(`s-job-drop-yes:${id}`)).toContain(buyer.oldButton)
  expect((await stand.shop.deadLetters.list(0)).total).toBe(1)
})
