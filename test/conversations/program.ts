import { type Connected, type Connections, createConnections } from '../../bots/connections.ts'
import type { Channel as Adapter } from '../../bots/dialogue/channel.ts'
import { plain, printedOption, type Screen } from '../../bots/dialogue/screen.ts'
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
  /** Opens the channels, which hand in what they hear through `accept`. */
  open(shop: Shop, accept: Connections['accept']): Promise<Connected | readonly Connected[]>
}

/** One shop and its channel, or two that belong together, connected as the program connects them, with a clock that a test moves. */
export interface Program {
  readonly stand: Stand
  readonly shop: Shop
  /** the adapters as they are open now, the first of them the one people join at */
  readonly adapters: readonly Adapter[]
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

export async function openProgram(plug: (log: Log) => Plug, sale: Readonly<Record<string, string>>): Promise<Program> {
  const shown: Shown[] = []
  const errors: string[] = []
  const log: Log = {
    ...silentLog,
    error: ({ err, ...rest }: { err?: unknown }, message) =>
      void errors.push(JSON.stringify({ message, ...rest, ...(err === undefined ? {} : { err: safeError(err) }) })),
  }
  const open = async (beside?: Stand) => {
    const { settings = {}, providers = [], open: openOn } = plug(log)
    const stand = await openShop({ settings, providers, log, ...(beside ? { beside } : {}) })
    const connections = createConnections(stand.shop, () => ({ take: async () => 0 }))
    const adapters = [await openOn(stand.shop, connections.accept)].flat().map((opened) => {
      const channel = watch(opened.channel, shown, errors)
      return connections.add({ ...opened, channel }).channel
    })
    await connections.start()
    let closing: Promise<void> | undefined
    const close = () => (closing ??= connections.close().then(stand.close))
    // Asked for after the stand has asked for its own closing, so that the channels are closed before their shop.
    atEnd(close)
    return { stand, connections, adapters, close }
  }
  let now = await open()
  return {
    get stand() {
      return now.stand
    },
    get shop() {
      return now.stand.shop
    },
    get adapters() {
      return now.adapters
    },
    shown,
    errors,
    close: () => now.close(),
    async reopen() {
      await now.close()
      now = await open(now.stand)
    },
    idle: () => now.connections.idle(),
    async pass(ms) {
      now.stand.clock.advance(ms)
      await now.stand.shop.sale.releaseDue()
    },
    product: (keys, fields = {}) => now.stand.product(keys, { ...sale, ...fields }),
  }
}

/** The most characters that a numbered menu and what stands above it may have: a phone's screen. */
const SCREENFUL = 600
/** What is not a screen to be read: drawn pictures, and the content of files where there are none. */
const DATA = /[▀▄█]|"[}\]]|": ?"/

/** The same channel, with a note of everything that goes through it; what is too long for it, or to be read there, is an error. */
function watch(channel: Adapter, shown: Shown[], errors: string[]): Adapter {
  const note = (chat: string, { text, buttons = [], options = [], secret = false, invoice }: Screen) => {
    const labels = [...buttons.flat(), ...options].map(({ label }) => label)
    const bill = invoice ? [invoice.title, invoice.description, invoice.label] : []
    const { textLength, textBytes } = channel.capabilities
    const isTooLong =
      textBytes === undefined ? plain(text).length > textLength : Buffer.byteLength(plain(text)) > textBytes
    const printed = [plain(text), ...options.map(printedOption)].join('\n')
    if (!channel.capabilities.buttons && !secret && !DATA.test(printed) && printed.length > SCREENFUL)
      errors.push(`a screen of ${printed.length} characters was handed to ${channel.name}: ${printed}`)
    if (isTooLong) errors.push(`a message of ${plain(text).length} characters was handed to ${channel.name}`)
    shown.push({ chat, text: [plain(text), ...bill].join('\n'), labels, secret })
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
