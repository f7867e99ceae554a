import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Channel, ChatEvent } from '../../../bots/dialogue/channel.ts'
import { createIntake, type Line } from '../../../bots/dialogue/intake.ts'
import type { Chats, InboxItem } from '../../../core/chats/service.ts'
import { minutes, seconds } from '../../../core/platform/clock.ts'
import { silentLog } from '../../../core/platform/log.ts'
import type { Shop } from '../../../core/shop.ts'
import { testClock } from '../../stand/clock.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const incoming = (...ids: string[]) => ids.map((id) => ({ externalId: id, chat: 'c', payload: id }))

/** An intake over an inbox in memory; what reached the dialogue is kept, in order. */
function open() {
  const clock = testClock()
  const undone = new Map<bigint, InboxItem>()
  let next = 0n
  /** what has to happen before the dialogue is done with an event, and before the inbox gives its answer */
  const waits = { dialogue: Promise.resolve(), inbox: Promise.resolve() }
  const accept: Chats['accept'] = async (_channel, items) =>
    items.map(({ chat, payload }) => {
      const item = { id: ++next, chat, payload, receivedAt: clock() }
      undone.set(item.id, item)
      return item
    })
  const chats = {
    accept,
    async unhandled(_channel: string, before?: Date) {
      const found = [...undone.values()].filter(({ receivedAt }) => !before || receivedAt < before)
      await waits.inbox
      return found
    },
    handled: async (id: bigint) => void undone.delete(id),
  } as unknown as Chats
  const said: string[] = []
  const dialogue = {
    async handle({ id }: ChatEvent) {
      said.push(id)
      await waits.dialogue
    },
    miss: async ({ id }: ChatEvent, _channel: Channel, receivedAt: Date) =>
      void said.push(`missed ${id}, ${(clock().getTime() - receivedAt.getTime()) / 1000} s old`),
  }
  const settled: unknown[] = []
  const line: Line = {
    channel: { name: 'test' } as Channel,
    decode: (id) => ({ id }) as ChatEvent,
    settle: async (payload) => {
      if (payload === 'money') settled.push(payload)
      return payload === 'money'
    },
  }
  const shop: Pick<Shop, 'chats' | 'clock'> = { chats, clock }
  const intake = createIntake(shop, dialogue, silentLog)
  const pass = async (ms: number) => {
    clock.advance(ms)
    await vi.advanceTimersByTimeAsync(ms)
  }
  return { clock, undone, waits, chats, said, settled, line, intake, pass, take: intake.accept('test') }
}

describe('what was said while nobody was there', () => {
  it('is acted on for ten minutes, and then answered as missed', async () => {
    const { clock, intake, take, said, line, undone } = open()
    await take(incoming('old', 'older'))
    clock.advance(1)
    await take(incoming('new'))
    clock.advance(minutes(10))
    await intake.connect(line)
    await intake.idle()
    expect(said).toEqual(['missed old, 600.001 s old', 'missed older, 600.001 s old', 'new'])
    expect(undone.size).toBe(0)
    await intake.drain()
  })

  it('is missed too when it was tried in vain for so long', async () => {
    const { intake, take, said, line, waits, pass, chats } = open()
    Object.assign(chats, { failed: () => Promise.reject(new Error('the database is away')) })
    waits.dialogue = Promise.reject(new Error('the database is away'))
    waits.dialogue.catch(() => {})
    await intake.connect(line)
    await take(incoming('press'))
    await pass(minutes(9))
    expect(new Set(said)).toEqual(new Set(['press']))
    await pass(minutes(2))
    expect(said.at(-1)).toMatch(/^missed press/)
    await intake.drain()
  })

  it('is settled at any age when it is money', async () => {
    const { clock, intake, take, said, settled, line } = open()
    await take(incoming('money', 'words'))
    clock.advance(minutes(60 * 24))
    await intake.connect(line)
    await intake.idle()
    expect(settled).toEqual(['money'])
    expect(said).toEqual(['missed words, 86400 s old'])
    await intake.drain()
  })
})

describe('an event that was committed and never taken up', () => {
  it('is found within a minute', async () => {
    const { intake, said, line, pass, chats } = open()
    await intake.connect(line)
    // As when the connection broke after the commit: the repeat of it is no longer new.
    await chats.accept('test', incoming('lost'))
    await pass(seconds(9))
    expect(said).toEqual([])
    await pass(seconds(51))
    expect(said).toEqual(['lost'])
    await intake.drain()
  })

  it('is left alone while it may be on its way', async () => {
    const { intake, said, line, pass, chats } = open()
    await intake.connect(line)
    await pass(seconds(25))
    await chats.accept('test', incoming('lost'))
    await pass(seconds(6))
    expect(said).toEqual([])
    await pass(seconds(30))
    expect(said).toEqual(['lost'])
    await intake.drain()
  })

  it('is handled once, though it is looked for all the while', async () => {
    const { intake, take, said, line, waits, pass } = open()
    await intake.connect(line)
    let finish = () => {}
    waits.dialogue = new Promise((resolve) => {
      finish = resolve
    })
    await take(incoming('slow', 'next'))
    await pass(minutes(5))
    expect(said).toEqual(['slow'])
    finish()
    await pass(minutes(2))
    expect(said).toEqual(['slow', 'next'])
    await intake.drain()
  })

  it('is handled once, though it was undone when the look began', async () => {
    const { intake, take, said, line, waits, pass } = open()
    await intake.connect(line)
    let finish = () => {}
    waits.dialogue = new Promise((resolve) => {
      finish = resolve
    })
    await take(incoming('slow'))
    let answer = () => {}
    waits.inbox = new Promise((resolve) => {
      answer = resolve
    })
    await pass(seconds(30))
    finish()
    await intake.idle()
    answer()
    await pass(seconds(10))
    expect(said).toEqual(['slow'])
    await intake.drain()
  })

  it('waits for the next start once the program ends', async () => {
    const { intake, said, line, pass, chats, undone } = open()
    await intake.connect(line)
    await intake.drain()
    await chats.accept('test', incoming('late'))
    await pass(minutes(5))
    expect(vi.getTimerCount()).toBe(0)
    expect(said).toEqual([])
    expect(undone.size).toBe(1)
  })
})
