import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { seconds } from '../clock.ts'
import type { Log } from '../log.ts'
import { type Connection, LINK } from './database.ts'

const RETRY = seconds(1)

/** What is done with the news of a channel. */
export interface Listener {
  hear(payload: string): void
  /** News may have been missed: at the beginning, and whenever the connection was lost. */
  missed(): void
}

/** Hears what other processes tell with NOTIFY, on a connection of its own that is made anew whenever it is lost. */
export interface Ears {
  /** Begins to listen to a channel, which had no listener yet. */
  on(channel: string, listener: Listener): void
  stop(): Promise<void>
}

export function openEars(connection: Connection, log: Log): Ears {
  const stopping = new AbortController()
  const listeners = new Map<string, Listener>()
  let client: pg.Client | undefined
  let isOpen = false
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await once()
      } catch (err) {
        log.debug({ err }, 'the news of other processes cannot be heard; it will be tried again')
      }
      await setTimeout(RETRY, undefined, { signal: stopping.signal }).catch(() => {})
    }
  })()

  /** Until the connection ends. */
  async function once(): Promise<void> {
    const mine = new pg.Client({ ...connection, ...LINK, application_name: 'keytill listener' })
    client = mine
    const ended = new Promise<void>((resolve) => {
      mine.once('error', () => resolve())
      mine.once('end', () => resolve())
    })
    mine.on('error', () => {})
    mine.on('notification', ({ channel, payload = '' }) => listeners.get(channel)?.hear(payload))
    try {
      await mine.connect()
      isOpen = true
      for (const [channel, listener] of listeners) await begin(mine, channel, listener)
      if (!stopping.signal.aborted) await ended
    } finally {
      isOpen = false
      await mine.end().catch(() => {})
    }
  }

  async function begin(on: pg.Client, channel: string, listener: Listener): Promise<void> {
    await on.query(`LISTEN ${pg.escapeIdentifier(channel)}`)
    listener.missed()
  }

  return {
    on(channel, listener) {
      listeners.set(channel, listener)
      // A connection that is being made finds it in the list; one that breaks now is made anew.
      if (isOpen && client) begin(client, channel, listener).catch(() => {})
    },
    async stop() {
      stopping.abort()
      await client?.end().catch(() => {})
      await running
    },
  }
}
