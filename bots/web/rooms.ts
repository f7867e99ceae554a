import { randomBytes } from 'node:crypto'
import type { Pushed, WireMessage } from './message.ts'

const MOST_ROOMS = 2000
const MOST_MESSAGES = 100
/** Characters of JSON kept of all chats together. */
const MOST_WEIGHT = 64_000_000
const HEARTBEAT_MS = 20_000
/** After this an event that was never answered no longer shows the typing dots. */
const TYPING_MS = 30_000

/** One open page. `write` is given whole server-sent events. */
export interface Client {
  write(text: string): void
  end(): void
}

interface Room {
  /** names this memory of the chat: another one after a restart, so that a page does not take it for a change of mind */
  readonly epoch: string
  seq: number
  /** in the order they are shown; a changed message keeps its place */
  readonly messages: Map<string, { readonly message: WireMessage; readonly weight: number }>
  weight: number
  /** events that have not been answered, and since when (ms) */
  readonly pending: Map<string, number>
  /** ids of events that came, so that a repeated one is not shown again */
  readonly heard: Set<string>
}

/**
 * What each chat shows and who is looking, in memory and bounded: a restart or a long silence forgets it, and nothing of
 * it is the truth about anything. It is never given a key: see `draw` in drawing.ts.
 */
export class Rooms {
  private readonly rooms = new Map<string, Room>()
  private readonly clients = new Map<string, Set<Client>>()
  private readonly now: () => Date
  private readonly heartbeat: NodeJS.Timeout
  private weight = 0

  constructor(now: () => Date) {
    this.now = now
    this.heartbeat = setInterval(() => {
      for (const client of this.open()) client.write(': \n\n')
    }, HEARTBEAT_MS)
    this.heartbeat.unref()
  }

  /** How many pages are open, in all or on one chat. */
  count(chat?: string): number {
    if (chat !== undefined) return this.clients.get(chat)?.size ?? 0
    return this.open().length
  }

  /**
   * Shows the chat to one more page, beginning with all of it, unless `lastEventId` says that the page has seen
   * everything. `greeting` goes along with it. Returns how to stop.
   */
  attach(chat: string, client: Client, greeting: { name?: string }, lastEventId?: string): () => void {
    const room = this.room(chat)
    const clients = this.clients.get(chat) ?? new Set()
    this.clients.set(chat, clients)
    clients.add(client)
    const typing = [...room.pending.values()].some((since) => this.now().getTime() - since < TYPING_MS)
    if (lastEventId === eventId(room)) client.write(format(room, 'resumed', { typing }))
    else {
      const messages = [...room.messages.values()].map(({ message }) => message)
      client.write(format(room, 'transcript', { ...greeting, epoch: room.epoch, messages, typing }))
    }
    return () => {
      clients.delete(client)
      if (clients.size === 0 && this.clients.get(chat) === clients) this.clients.delete(chat)
    }
  }

  /** Puts a message at the end, or in the place of the one with its id: `shown` to the open pages, `kept` for later. */
  put(chat: string, make: (rev: number, at: string) => { shown: WireMessage; kept: WireMessage }): void {
    const room = this.room(chat)
    const { shown, kept } = make(room.seq + 1, this.now().toISOString())
    const before = room.messages.get(kept.id)
    const at = before?.message.at
    const entry = { ...kept, ...(at ? { at } : {}) }
    const weight = JSON.stringify(entry).length
    room.messages.set(kept.id, { message: entry, weight })
    this.weigh(room, weight - (before?.weight ?? 0))
    for (const oldest of room.messages.keys()) {
      if (room.messages.size <= MOST_MESSAGES) break
      this.drop(room, oldest)
    }
    this.push(chat, 'message', { ...shown, ...(at ? { at } : {}) })
  }

  /** Takes a message away from every page. */
  remove(chat: string, id: string): void {
    this.drop(this.room(chat), id)
    this.push(chat, 'removed', { id })
  }

  /** Whether an event has come before. */
  hasHeard(chat: string, id: string): boolean {
    return this.rooms.get(chat)?.heard.has(id) === true
  }

  /** Notes that an event came: false when it has come before. */
  hear(chat: string, id: string): boolean {
    const { heard } = this.room(chat)
    if (heard.has(id)) return false
    heard.add(id)
    for (const oldest of heard) {
      if (heard.size <= MOST_MESSAGES) break
      heard.delete(oldest)
    }
    return true
  }

  /** Takes back {@link hear}, for an event that was not taken in after all. */
  unhear(chat: string, id: string): void {
    this.room(chat).heard.delete(id)
  }

  /** Shows that this event is being worked on. */
  begin(chat: string, id: string): void {
    this.room(chat).pending.set(id, this.now().getTime())
    this.push(chat, 'typing', { typing: true })
  }

  /** The chat has been answered, or the one event has been. */
  settle(chat: string, id?: string): void {
    const { pending } = this.room(chat)
    if (pending.size === 0) return
    if (id === undefined) pending.clear()
    else pending.delete(id)
    if (pending.size === 0) this.push(chat, 'typing', { typing: false })
  }

  /** Tells the open pages something. */
  push<T extends keyof Pushed>(chat: string, type: T, data: Pushed[T]): void {
    const room = this.room(chat)
    room.seq++
    const text = format(room, type, data)
    for (const client of this.clients.get(chat) ?? []) client.write(text)
  }

  /** Ends every open page's stream. */
  close(): void {
    clearInterval(this.heartbeat)
    for (const client of this.open()) client.end()
    this.clients.clear()
  }

  private open(): Client[] {
    return [...this.clients.values()].flatMap((clients) => [...clients])
  }

  private room(chat: string): Room {
    const found = this.rooms.get(chat)
    const room: Room = found ?? {
      epoch: randomBytes(6).toString('base64url'),
      seq: 0,
      messages: new Map(),
      weight: 0,
      pending: new Map(),
      heard: new Set(),
    }
    this.rooms.delete(chat)
    this.rooms.set(chat, room)
    if (!found) this.makeRoom(room)
    return room
  }

  /** Forgets the chats that were quiet for longest, never the one at hand. */
  private makeRoom(current: Room): void {
    for (const [chat, room] of this.rooms) {
      if (room === current || (this.rooms.size <= MOST_ROOMS && this.weight <= MOST_WEIGHT)) break
      this.rooms.delete(chat)
      this.weight -= room.weight
    }
  }

  private drop(room: Room, id: string): void {
    const entry = room.messages.get(id)
    room.messages.delete(id)
    if (entry) this.weigh(room, -entry.weight)
  }

  private weigh(room: Room, change: number): void {
    room.weight += change
    this.weight += change
    this.makeRoom(room)
  }
}

const eventId = (room: Room): string => `${room.epoch}:${room.seq}`

const format = <T extends keyof Pushed>(room: Room, type: T, data: Pushed[T]): string =>
  `id: ${eventId(room)}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`
