import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { seconds } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Connection } from './database.ts'

const RETRY = seconds(1)

/** What is done with the news of a channel. */
export interface Listener {
  hear(payload: string): void
  /** News may have been missed: at the beginning, and whenever the connection was lost. */
  missed(): void
}

/** Hears what other processes tell with NOTIFY, on a connection of its own that is made anew whenever it is lost. */
export function listen(
  connection: Connection,
  channel: string,
  { hear, missed }: Listener,
  log: Log,
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  let client: pg.Client | undefined
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await once()
      } catch (err) {
        log.debug({ err, channel }, 'the news of other processes cannot be heard; it will be tried again')
      }
      await setTimeout(RETRY, undefined, { signal: stopping.signal }).catch(() => {})
    }
  })()

  /** Until the connection ends. */
  async function once(): Promise<void> {
    const mine = new pg.Client({ ...connection, application_name: 'keytill listener' })
    client = mine
    const ended = new Promise<void>((resolve) => {
      mine.once('error', () => resolve())
      mine.once('end', () => resolve())
    })
    mine.on('error', () => {})
    mine.on('notification', ({ payload = '' }) => hear(payload))
    await mine.connect()
    await mine.query(`LISTEN ${pg.escapeIdentifier(channel)}`)
    missed()
    if (!stopping.signal.aborted) await ended
    await mine.end().catch(() => {})
  }

  return {
    async stop() {
      stopping.abort()
      await client?.end().catch(() => {})
      await running
    },
  }
}
