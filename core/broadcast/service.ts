import { randomUUID } from 'node:crypto'
import { seconds } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Ears } from '../platform/database/listen.ts'
import type { Log } from '../platform/log.ts'
import { repeat } from '../platform/timer.ts'
import { openBlob, sealBlob } from '../vault/blob.ts'
import type { Keyring } from '../vault/keyring.ts'
import * as store from './store.ts'

/** What the processes that care about a topic tell each other. */
export interface Broadcast {
  /**
   * Tells all others, sealed, in the order in which this is called; resolves once it is committed, and at once when there are no
   * others: then `make` is not called. What is told twice may be heard twice, and who is not connected for a minute does not hear it.
   */
  tell(make: () => Uint8Array): Promise<void>
  close(): Promise<void>
}

/** How often a process says that it is there, and how long it is believed, in ms. */
const HERE = seconds(10)
const BELIEVED = seconds(35)
/** What was heard is known again, so that catching up after a lost connection repeats nothing. */
const REMEMBERED = 5000
const PURPOSE = 'broadcast'

/**
 * Takes part in a topic. A process that is alone says so little that it costs nothing: it looks for others by what they say on
 * starting and every ten seconds, and only then begins to write down what it tells.
 */
export function openBroadcast(
  parts: { readonly db: Database; readonly ears: Ears; readonly keyring: Keyring; readonly log: Log },
  topic: string,
  hear: (message: Buffer) => void,
): Broadcast {
  const { db, ears, keyring, log } = parts
  const me = randomUUID()
  /** the others, and when they were last heard of */
  const peers = new Map<string, number>()
  const known = new Set<string>()
  let hearing: Promise<unknown> = Promise.resolve()
  let telling: Promise<unknown> = Promise.resolve()

  function take({ id, sealed }: store.Told): void {
    if (known.has(id)) return
    note(id)
    hear(openBlob(keyring, PURPOSE, sealed))
  }

  function note(id: string): void {
    known.add(id)
    for (const oldest of known) {
      if (known.size <= REMEMBERED) break
      known.delete(oldest)
    }
  }

  /** One after the other: in the order in which it was committed. */
  function fetch(read: () => Promise<readonly store.Told[]>): void {
    hearing = hearing
      .then(read)
      .then((found) => found.forEach(take))
      .catch((err: unknown) => log.warn({ err, topic }, 'what another process told could not be heard'))
  }

  const say = (word: 'here' | 'gone') => store.say(db, topic, `${me} ${word}`)

  function isAlone(): boolean {
    for (const [peer, at] of peers) if (performance.now() - at > BELIEVED) peers.delete(peer)
    return peers.size === 0
  }

  ears.on(store.newsChannel(topic), {
    hear(words) {
      const [from = '', what = ''] = words.split(' ')
      if (from === me) return
      if (what === 'gone') {
        peers.delete(from)
        return
      }
      const isNew = !peers.has(from)
      peers.set(from, performance.now())
      if (what !== 'here') fetch(() => store.one(db, what))
      // A newcomer learns at once that it is not alone.
      else if (isNew) say('here').catch(() => {})
    },
    missed() {
      fetch(() => store.recent(db, topic))
      say('here').catch(() => {})
    },
  })
  const stopSaying = repeat(
    HERE,
    async () => {
      await say('here')
      await store.forget(db, topic)
    },
    log,
  )

  return {
    tell(make) {
      const told = telling.then(async () => {
        if (isAlone()) return
        const id = randomUUID()
        note(id)
        await store.tell(db, topic, me, { id, sealed: sealBlob(keyring, PURPOSE, make()) })
      })
      telling = told.catch(() => {})
      return told
    },
    async close() {
      await stopSaying()
      await telling
      await say('gone').catch(() => {})
      await hearing
    },
  }
}
