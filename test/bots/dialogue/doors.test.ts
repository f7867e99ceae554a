import { expect, it } from 'vitest'
import type { ChatEvent, Content, Toast } from '../../../bots/dialogue/channel.ts'
import { createDoors } from '../../../bots/dialogue/doors.ts'
import type { Line } from '../../../bots/dialogue/intake.ts'
import { TEXTS } from '../../../bots/dialogue/locales/texts.ts'
import { plain, type Screen } from '../../../bots/dialogue/screen.ts'
import { STAFF_BOT } from '../../../core/customers/model.ts'
import { createLimiters } from '../../../core/platform/limits.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { openShop } from '../../stand/shop.ts'

interface Sent {
  readonly person: string
  readonly content?: Content
  readonly money?: true
}

function open() {
  const said: string[] = []
  const asked: string[] = []
  const line = {
    channel: {
      name: 'test',
      send: async (chat: string, { text }: Screen) => `${said.push(`${chat}: ${plain(text)}`)}`,
      // as where there are no toasts
      acknowledge: async ({ chat }: ChatEvent, toast?: Toast) => void (toast && said.push(`${chat}: ${toast.text}`)),
    },
    decode: (payload: unknown) => {
      const { person, content = { kind: 'text', text: 'hi' } } = payload as Sent
      return { id: 'e', chat: person, private: true, person: { id: person }, at: new Date(0), content } as ChatEvent
    },
    isMoney: (payload: unknown) => (payload as Sent).money === true,
  } as unknown as Line
  const doors = createDoors({
    limiter: createLimiters(undefined),
    isStaff: async (_channel, person) => {
      asked.push(person)
      return person === 'boss'
    },
    log: silentLog,
  })
  const let_ = async (sent: readonly Sent[], from = 0) => {
    const items = sent.map((payload, n) => ({
      externalId: `${payload.person} ${from + n}`,
      chat: payload.person,
      payload,
    }))
    return (await doors.let(line, items)).length
  }
  return { let: let_, said, asked }
}
const many = (count: number, one: Sent): Sent[] => Array.from({ length: count }, () => one)

it('lets in what a person does, not a flood, and says so once', async () => {
  const doors = open()
  expect(await doors.let(many(500, { person: 'mallory' }))).toBe(60)
  expect(await doors.let(many(500, { person: 'mallory' }), 500)).toBe(0)
  expect(await doors.let(many(20, { person: 'alice' }))).toBe(20)
  expect(doors.said).toEqual([`mallory: ${TEXTS.en.buyer.slower}`])
  expect(doors.asked).toEqual(['mallory'])
})

it('always lets money in, whoever floods', async () => {
  const doors = open()
  await doors.let(many(200, { person: 'mallory' }))
  expect(await doors.let(many(100, { person: 'mallory', money: true }), 200)).toBe(100)
})

it('judges what is delivered again as it did before, and counts it once', async () => {
  const doors = open()
  for (let n = 0; n < 10; n++) expect(await doors.let(many(50, { person: 'alice' }))).toBe(50)
  expect(await doors.let(many(70, { person: 'alice' }))).toBe(60)
  expect(await doors.let(many(70, { person: 'alice' }))).toBe(60)
})

it('counts a file as several messages, and lets staff do more', async () => {
  const doors = open()
  const file: Content = {
    kind: 'file',
    caption: '',
    file: { name: 'f', mime: 'text/plain', load: async () => Buffer.alloc(0) },
  }
  expect(await doors.let(many(50, { person: 'mallory', content: file }))).toBe(12)
  expect(await doors.let(many(400, { person: 'boss' }))).toBe(400)
})

it('knows staff by their account, at their own bot from the first message on', async () => {
  const { shop, meet } = await openShop({ owners: 'telegram:7' })
  await meet({ id: '7', channel: 'telegram' })
  await meet({ id: '8', channel: 'telegram' })
  for (const channel of ['telegram', STAFF_BOT]) {
    expect(await shop.customers.isStaff(channel, '7')).toBe(true)
    expect(await shop.customers.isStaff(channel, '8')).toBe(false)
    expect(await shop.customers.isStaff(channel, '9')).toBe(false)
  }
})
