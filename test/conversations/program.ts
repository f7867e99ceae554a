import type { Channel as Adapter } from '../../bots/dialogue/channel.ts'
import { createDialogue } from '../../bots/dialogue/dialogue.ts'
import { createIntake, type Intake, type Line } from '../../bots/dialogue/intake.ts'
import { createMessenger } from '../../bots/dialogue/notices.ts'
import { plain, type Screen } from '../../bots/dialogue/screen.ts'
import type { PaymentProvider } from '../../core/payments/provider.ts'
import { type Log, safeError, silentLog } from '../../core/platform/log.ts'
import type { Shop } from '../../core/shop.ts'
import { atEnd } from '../stand/closing.ts'
import { openShop, type Stand, type Stocked } from '../stand/shop.ts'

/** What the shop handed to the channel: all of it, whatever the driver makes visible. */
export interface Shown {
  readonly chat: string
  readonly text: string
  readonly labels: readonly string[]
  readonly secret: boolean
}

/** A channel that is about to be opened on a shop. */
export interface Plug {
  readonly settings?: Readonly<Record<string, string>>
  readonly providers?: readonly PaymentProvider[]
  /** Connects the adapter; `listen` is called once everything that comes in can be handled. */
  open(shop: Shop, intake: Intake, log: Log): Promise<{ line: Line; listen?(): Promise<void>; close(): Promise<void> }>
}

/** One shop and one channel, wired as `bots/channels.ts` wires them, with a clock that a test moves. */
export interface Program {
  readonly stand: Stand
  readonly shop: Shop
  /** everything shown so far, in any chat */
  readonly shown: readonly Shown[]
  /** what was logged as an error */
  readonly errors: readonly string[]
  /** Ends the program in order. */
  close(): Promise<void>
  /** Opens it again on the same database. */
  reopen(): Promise<void>
  /** Resolves when all that came in is handled. */
  idle(): Promise<void>
  /** Time passes, and what is due is released as the worker would. */
  pass(ms: number): Promise<void>
  /** A product for sale on this channel: for Stars where it has invoices, else for the pretend payment. */
  product(keys: number, fields?: Readonly<Record<string, string>>): Promise<Stocked>
}

export async function openProgram(plug: () => Plug, sale: Readonly<Record<string, string>>): Promise<Program> {
  const shown: Shown[] = []
  const errors: string[] = []
  const log: Log = {
    ...silentLog,
    error: ({ err, ...rest }: { err?: unknown }, message) =>
      void errors.push(JSON.stringify({ message, ...rest, ...(err === undefined ? {} : { err: safeError(err) }) })),
  }
  const open = async (beside?: Stand) => {
    const { settings = {}, providers = [], open: connect } = plug()
    const stand = await openShop({ settings, providers, log, ...(beside ? { beside } : {}) })
    const intake = createIntake(stand.shop, createDialogue(stand.shop, log), log)
    const { line, listen, close } = await connect(stand.shop, intake, log)
    const watched = { ...line, channel: watch(line.channel, shown) }
    await stand.shop.startWork([createMessenger(stand.shop, watched.channel)])
    await intake.connect(watched)
    await listen?.()
    let closing: Promise<void> | undefined
    const end = async () => {
      const drained = intake.drain()
      await close()
      await drained
      await stand.close()
    }
    return { stand, intake, close: () => (closing ??= end()) }
  }
  let now = await open()
  atEnd(() => now.close())
  return {
    get stand() {
      return now.stand
    },
    get shop() {
      return now.stand.shop
    },
    shown,
    errors,
    close: () => now.close(),
    async reopen() {
      await now.close()
      now = await open(now.stand)
    },
    idle: () => now.intake.idle(),
    async pass(ms) {
      now.stand.clock.advance(ms)
      await now.stand.shop.sale.releaseDue()
    },
    product: (keys, fields = {}) => now.stand.product(keys, { ...sale, ...fields }),
  }
}

/** The same channel, with a note of everything that goes through it. */
function watch(channel: Adapter, shown: Shown[]): Adapter {
  const note = (chat: string, { text, buttons = [], secret = false, invoice }: Screen) => {
    const bill = invoice ? [invoice.title, invoice.description, invoice.label] : []
    shown.push({ chat, text: [plain(text), ...bill].join('\n'), labels: buttons.flat().map((b) => b.label), secret })
  }
  return {
    ...channel,
    send: (chat, screen, priority) => {
      note(chat, screen)
      return channel.send(chat, screen, priority)
    },
    edit: (chat, messageId, screen, priority) => {
      note(chat, screen)
      return channel.edit(chat, messageId, screen, priority)
    },
    acknowledge: (event, toast) => {
      if (toast) note(event.chat, { text: [toast.text] })
      return channel.acknowledge(event, toast)
    },
  }
}
