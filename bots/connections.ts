import type { CreateLimiter } from '../core/platform/limits.ts'
import type { Shop } from '../core/shop.ts'
import type { Door } from '../core/sources/model.ts'
import type { Accept } from './dialogue/channel.ts'
import { type CatchUp, createDialogue } from './dialogue/dialogue.ts'
import { createDoors } from './dialogue/doors.ts'
import { createIntake, type Line } from './dialogue/intake.ts'
import { type ChatMessenger, createMessenger, NOTHING_WAITED } from './dialogue/notices.ts'

/** A channel that is open. */
export interface Connected extends Line {
  /** Begins to hear, where opening it was not enough. */
  listen?(): Promise<void>
  /** Where it can be entered from outside, once it hears. */
  door?(): Door | undefined
  /** Stops hearing. */
  close(): Promise<void>
}

/** The channels of one shop, which begin and end together. */
export interface Connections {
  /** How the channel of this name hands in what it hears: committed at once, handled from the start on. */
  accept(name: string): Accept
  /** To be called before the start. Returns what it was given. */
  add<Channel extends Connected>(channel: Channel): Channel
  /** Sends notices, takes up what was left when the program last ended, and begins to hear. */
  start(): Promise<void>
  /** Resolves when everything that came in has been handled. */
  idle(): Promise<void>
  /** Stops hearing and lets what is under way finish. The shop stays open. */
  close(): Promise<void>
}

/** Joins channels to a shop in order: nothing is heard before it can be kept, nothing is sent before it was committed. `limiter` is what people are held to its limits by. */
export function createConnections(shop: Shop, limiter: CreateLimiter = shop.limiter): Connections {
  const { log } = shop
  const doors = createDoors({ limiter, isStaff: shop.customers.isStaff, log })
  const messengers = new Map<string, ChatMessenger>()
  const catchUp: CatchUp = async ({ name }, chat, event) =>
    (await messengers.get(name)?.catchUp(chat, event)) ?? NOTHING_WAITED
  const intake = createIntake(shop, createDialogue(shop, log, catchUp), log, doors)
  const channels: Connected[] = []
  return {
    accept: intake.accept,
    add(channel) {
      channels.push(channel)
      messengers.set(channel.channel.name, createMessenger(shop, channel.channel))
      return channel
    },
    async start() {
      await shop.startWork([...messengers.values()])
      for (const channel of channels) await intake.connect(channel)
      for (const channel of channels) await channel.listen?.()
      for (const { channel, door } of channels) {
        const address = door?.()
        if (address) await shop.sources.openDoor(channel.name, address)
      }
    },
    idle: intake.idle,
    async close() {
      // First nothing new is taken up: what a closing channel could no longer answer waits in the database.
      const drained = intake.drain()
      for (const channel of channels.splice(0).reverse())
        await channel.close().catch((err: unknown) => log.warn({ err }, 'a channel did not close cleanly'))
      await drained
    },
  }
}
