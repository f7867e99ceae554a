import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Pushed, WireMessage } from '../../../bots/web/message.ts'
import { Rooms } from '../../../bots/web/rooms.ts'

let rooms: Rooms
beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-22T10:00:00Z') })
  rooms = new Rooms(() => new Date())
})
afterEach(() => {
  rooms.close()
  vi.useRealTimers()
})

function put(chat: string, id: string, text = id): void {
  rooms.put(chat, (rev, at) => {
    const message: WireMessage = { id, rev, from: 'shop', at, text: [text] }
    return { shown: message, kept: message }
  })
}

/** What a page that opens now is shown. */
function open(chat: string): Pushed['transcript'] {
  let written = ''
  const client = { write: (text: string) => (written += text), end: () => {} }
  rooms.attach(chat, client, {})()
  return JSON.parse(/^data: (.*)$/m.exec(written)?.[1] ?? '')
}

describe('what a chat remembers', () => {
  it('is its last 100 messages', () => {
    for (let index = 0; index < 130; index++) put('a', `m${index}`)
    const { messages } = open('a')
    expect(messages).toHaveLength(100)
    expect([messages[0]?.id, messages.at(-1)?.id]).toEqual(['m30', 'm129'])
  })

  it('is forgotten for the chats that were quiet for longest', () => {
    for (let index = 0; index < 2001; index++) put(`chat${index}`, 'm')
    expect(open('chat1').messages).toHaveLength(1)
    expect(open('chat0').messages).toHaveLength(0)
  })

  it('is bounded in size, not only in number', () => {
    const text = 'x'.repeat(1_000_000)
    for (let index = 0; index < 70; index++) put(`chat${index}`, 'm', text)
    expect(open('chat69').messages).toHaveLength(1)
    expect(open('chat0').messages).toHaveLength(0)
  })

  it('has another name after it was forgotten', () => {
    put('a', 'm')
    const { epoch } = open('a')
    expect(open('a').epoch).toBe(epoch)
    for (let index = 0; index < 2000; index++) put(`chat${index}`, 'm')
    expect(open('a').epoch).not.toBe(epoch)
  })
})

describe('an open page', () => {
  it('hears something every 20 seconds', () => {
    const write = vi.fn()
    rooms.attach('a', { write, end: () => {} }, {})
    write.mockClear()
    vi.advanceTimersByTime(19_999)
    expect(write).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(write).toHaveBeenCalledExactlyOnceWith(': \n\n')
  })

  it('is no longer told that an event is worked on after half a minute', () => {
    rooms.begin('a', 'e')
    vi.advanceTimersByTime(29_000)
    expect(open('a').typing).toBe(true)
    vi.advanceTimersByTime(1000)
    expect(open('a').typing).toBe(false)
  })
})
