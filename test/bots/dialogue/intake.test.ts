import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Channel, ChatEvent, Toast } from '../../../bots/dialogue/channel.ts'
import { createIntake, type Line } from '../../../bots/dialogue/intake.ts'
import { plain, type Screen } from '../../../bots/dialogue/screen.ts'
import type { Chats, InboxItem, Turn } from '../../../core/chats/service.ts'
import { minutes, seconds } from '../../../core/platform/clock.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { testClock } from '../../stand/clock.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const incoming = (...ids: string[]) => ids.map((id) => ({ externalId: id, chat: 'c', payload: id }))

/** An inbox in memory, with turns as the real one has them; what dead processes hold is held by 0. */
function inbox(clock: () => Date) {
  const undone = new Map<bigint, InboxItem>()
  const leases = new Map<string, { holder: number; version: number }>()
  let next = 0n
  let over = new AbortController()
  let me = 1
  const turnOf = (chat: string, { holder, version }: { holder: number; version: number }): Turn => ({
    channel: 'test',
    chat,
    holder,
    version,
    over: over.signal,
  })
  const put = (holder: number, items: Parameters<Chats['accept']>[1]) => {
    const turns = new Set<string>()
    const fresh = items.map(({ chat, payload }) => {
      const item = { id: ++next, chat, payload, receivedAt: clock() }
      undone.set(item.id, item)
      const lease = leases.get(chat)
      if (!lease) turns.add(chat)
      if (!lease) leases.set(chat, { holder, version: 0 })
      else if (!turns.has(chat)) leases.set(chat, { ...lease, version: lease.version + 1 })
      return item
    })
    return { fresh, turns: [...turns].map((chat) => turnOf(chat, { holder, version: 0 })) }
  }
  const chats = {
    accept: async (_channel: string, items: Parameters<Chats['accept']>[1]) => put(me, items),
    async turns() {
      const takenOver: Turn[] = []
      const ours: Turn[] = []
      for (const [chat, lease] of leases) {
        if (lease.holder === me) ours.push(turnOf(chat, lease))
        if (lease.holder !== 0) continue
        const mine = { holder: me, version: lease.version + 1 }
        leases.set(chat, mine)
        takenOver.push(turnOf(chat, mine))
      }
      return { ours, takenOver }
    },
    async waiting(turn: Turn) {
      const lease = leases.get(turn.chat)
      if (lease?.holder !== turn.holder) return undefined
      return {
        turn: { ...turn, version: lease.version },
        items: [...undone.values()].filter(({ chat }) => chat === turn.chat),
      }
    },
    handled: async (id: bigint) => void undone.delete(id),
    async release(turn: Turn, last?: bigint) {
      if (last !== undefined) undone.delete(last)
      const lease = leases.get(turn.chat)
      if (lease?.holder !== turn.holder || lease.version !== turn.version) return false
      return leases.delete(turn.chat)
    },
  } satisfies Partial<Chats>
  return {
    undone,
    leases,
    chats,
    /** As another process commits, which is dead (0) or lives. */
    putBy: (holder: number, ...ids: string[]) => void put(holder, incoming(...ids)),
    /** The connection is lost, and all that was held with it. */
    lose() {
      over.abort()
      over = new AbortController()
      for (const [chat, lease] of leases) if (lease.holder === me) leases.set(chat, { ...lease, holder: 0 })
      me++
    },
  }
}

/** An intake over such an inbox; what reached the dialogue is kept, in order. */
function open() {
  const clock = testClock()
  const { chats, ...rest } = inbox(clock)
  /** what has to happen before the dialogue is done with an event */
  const waits = { dialogue: Promise.resolve() }
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
  const excused: string[] = []
  const line: Line = {
    channel: {
      name: 'test',
      send: async (chat: string, { text }: Screen) => `${excused.push(`${chat}: ${plain(text)}`)}`,
      // as where there are no toasts
      acknowledge: async ({ chat }: ChatEvent, toast?: Toast) => void (toast && excused.push(`${chat}: ${toast.text}`)),
    } as unknown as Channel,
    decode: (id) => ({ id, chat: 'c', private: true, person: { id: 'p', language: 'zh-CN' } }) as ChatEvent,
    settle: async (payload) => {
      if (payload === 'money') settled.push(payload)
      return payload === 'money'
    },
  }
  const shop = { chats: chats as unknown as Chats, clock }
  const intake = createIntake(shop, dialogue, silentLog)
  const pass = async (ms: number) => {
    clock.advance(ms)
    await vi.advanceTimersByTimeAsync(ms)
  }
  return { clock, ...rest, waits, chats, said, settled, excused, line, intake, pass, take: intake.accept('test') }
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

  it('is given up when it was tried in vain three times, and its sender told once', async () => {
    const { intake, take, said, line, waits, pass, chats, excused } = open()
    Object.assign(chats, { failed: async () => {} })
    waits.dialogue = Promise.reject(new Error('it cannot be done'))
    waits.dialogue.catch(() => {})
    await intake.connect(line)
    await take(incoming('words'))
    await pass(seconds(5))
    expect(said).toEqual(['words', 'words', 'words'])
    expect(excused).toEqual(['c: 系统正忙，请过一会儿再试。您的订单和付款都不会丢失。'])
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

describe('an event whose commit was not answered', () => {
  it('is found within seconds', async () => {
    const { intake, said, line, pass, chats } = open()
    await intake.connect(line)
    // As when the connection broke after the commit: the repeat of it is no longer new.
    await chats.accept('test', incoming('lost'))
    expect(said).toEqual([])
    await pass(seconds(2))
    expect(said).toEqual(['lost'])
    await intake.drain()
  })

  it('is left alone while the answer may be on its way', async () => {
    const { intake, said, line, pass, chats, take } = open()
    const { accept } = chats
    let answer = () => {}
    chats.accept = async (...args) => {
      const accepted = await accept(...args)
      await new Promise<void>((resolve) => {
        answer = resolve
      })
      return accepted
    }
    await intake.connect(line)
    const taken = take(incoming('slow'))
    await pass(seconds(4))
    expect(said).toEqual([])
    answer()
    await taken
    await pass(seconds(4))
    expect(said).toEqual(['slow'])
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

  it('has had its effect once, though the program ends in the middle of it', async () => {
    const { intake, take, said, line, waits, undone, leases, pass } = open()
    await intake.connect(line)
    let finish = () => {}
    waits.dialogue = new Promise((resolve) => {
      finish = resolve
    })
    await take(incoming('begun', 'next'))
    await pass(0)
    const drained = intake.drain()
    finish()
    await drained
    expect(said).toEqual(['begun'])
    expect([...undone.values()].map(({ payload }) => payload)).toEqual(['next'])
    expect(leases.size).toBe(1)
  })

  it('is settled by another process when the program ends before it could be, if it is money', async () => {
    const { intake, take, line, undone, pass } = open()
    await intake.connect({ ...line, settle: () => Promise.reject(new Error('the till is shut')) })
    await take(incoming('money'))
    await pass(0)
    const drained = intake.drain()
    await pass(minutes(1))
    await drained
    expect(undone.size).toBe(1)
  })

  it('waits for another process once the program ends', async () => {
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

describe('several processes', () => {
  it('leave a chat to the one that has it, and take up what a dead one has left', async () => {
    const { intake, said, line, pass, take, putBy, undone, leases } = open()
    await intake.connect(line)
    putBy(7, 'theirs')
    await take(incoming('heard here'))
    await pass(seconds(10))
    expect(said).toEqual([])
    leases.set('c', { holder: 0, version: 5 })
    await pass(seconds(2))
    expect(said).toEqual(['theirs', 'heard here'])
    expect(undone.size + leases.size).toBe(0)
    await intake.drain()
  })

  it('hear in one what is answered in another, in order', async () => {
    const { intake, said, line, waits, pass, take, putBy, leases } = open()
    await intake.connect(line)
    let finish = () => {}
    waits.dialogue = new Promise((resolve) => {
      finish = resolve
    })
    await take(incoming('1'))
    putBy(7, '2')
    await take(incoming('3'))
    finish()
    await pass(0)
    await intake.idle()
    expect(said).toEqual(['1', '2', '3'])
    expect(leases.size).toBe(0)
    await intake.drain()
  })

  it('settle money where it was heard, whoever has the chat', async () => {
    const { intake, settled, line, take, putBy, undone } = open()
    await intake.connect(line)
    putBy(7, 'theirs')
    await take(incoming('money'))
    await intake.idle()
    expect(settled).toEqual(['money'])
    expect([...undone.values()].map(({ payload }) => payload)).toEqual(['theirs'])
    await intake.drain()
  })

  it('do not go on with the next event when the connection was lost in the middle of one', async () => {
    const { intake, said, line, waits, pass, take, lose, undone } = open()
    await intake.connect(line)
    let finish = () => {}
    waits.dialogue = new Promise((resolve) => {
      finish = resolve
    })
    await take(incoming('1', '2'))
    lose()
    finish()
    await pass(seconds(1))
    expect(said).toEqual(['1'])
    // Taken up again under a new number.
    await pass(seconds(2))
    expect(said).toEqual(['1', '2'])
    expect(undone.size).toBe(0)
    await intake.drain()
  })
})

describe('while the database is away', () => {
  it('people are told once that it takes a moment, and their platform that nothing was taken', async () => {
    const { intake, line, take, chats, excused } = open()
    await intake.connect(line)
    chats.accept = () => Promise.reject(new Error('the database is away'))
    for (const id of ['1', '2', '3']) await expect(take(incoming(id))).rejects.toThrow('away')
    await vi.advanceTimersByTimeAsync(0)
    expect(excused).toEqual(['c: 请稍候：消息已收到，系统恢复后会马上回复您。'])
    await intake.drain()
  })

  it('a commit that hangs is given up after five seconds, and counts when it comes to pass', async () => {
    const { intake, line, take, chats, excused, said, pass } = open()
    const { accept } = chats
    let answer = () => {}
    chats.accept = async (...args) => {
      await new Promise<void>((resolve) => {
        answer = resolve
      })
      return accept(...args)
    }
    await intake.connect(line)
    const taken = take(incoming('1'))
    const refused = expect(taken).rejects.toMatchObject({ code: 'platform.slow' })
    await pass(seconds(5))
    await refused
    expect(excused).toHaveLength(1)
    answer()
    await pass(0)
    await intake.idle()
    expect(said).toEqual(['1'])
    await intake.drain()
  })

  it('a page that learns it from its own request is not told again', async () => {
    const { intake, line, take, chats, excused } = open()
    await intake.connect({ ...line, answersItself: true })
    chats.accept = () => Promise.reject(new Error('the database is away'))
    await expect(take(incoming('1'))).rejects.toThrow('away')
    await intake.drain()
    expect(excused).toEqual([])
  })
})
