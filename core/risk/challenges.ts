import { createHmac, randomInt, timingSafeEqual } from 'node:crypto'
import { after, type Clock, hours, minutes } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { hasCode } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import type { SealingKeyring } from '../vault/keyring.ts'
import { personalHash } from '../vault/personal.ts'
import * as store from './challenge-store.ts'
import { link } from './links.ts'
import type { Challenge } from './model.ts'
import { passedWith } from './policy.ts'
import type { SmsSender } from './provider.ts'
import { pass } from './store.ts'

/** Symbols that a picture may hold: none that two of them could be taken for one another. */
export const PICTURE_SYMBOLS = 'ACDEFHJKLMNPRTUVWXY34679'
export const PICTURE_LENGTH = 5
const CODE_LENGTH = 6

/** How long an answer is good for, in ms. */
const LIFE = minutes(10)
/** Given to one buyer, or to one number, within an hour. */
const MOST_PICTURES = 5
const MOST_CODES = 3
/** Answers to one of them. A picture is shown anew instead. */
const TRIES = { captcha: 1, sms: 5 } as const
/** Nothing is asked about those that were given longer ago than this, in ms. */
const KEPT = hours(24)

export type Answer =
  | { readonly is: 'right' }
  | { readonly is: 'wrong'; readonly left: number }
  /** it has run out, or was answered too often */
  | { readonly is: 'over' }

/** What buyers are asked to show before an order is taken. `event` is the chat event that asks or answers, unique among all chats. */
export interface Challenges {
  /** whether codes can be sent at all */
  readonly sms: boolean
  /** The symbols of a new picture, in place of any before; undefined when there were too many within the hour. */
  picture(customerId: number, event: string): Promise<string | undefined>
  /** What a buyer reads in their picture. `asked` is what the rules asked for: it is passed with this. */
  readPicture(customerId: number, event: string, typed: string, asked: Challenge): Promise<Answer>
  /** A buyer's own number (digits, country first), as the platform vouches for it: it is kept as a hash, and whoever has the same is one group. */
  sharePhone(customerId: number, digits: string, asked: Challenge): Promise<void>
  /** Sends a code to a number (digits, country first), outside of any transaction; `words` is the text around it. */
  sendCode(
    customerId: number,
    event: string,
    digits: string,
    words: (code: string) => string,
  ): Promise<'sent' | 'unsent' | 'too_many'>
  /** The code a buyer got: as {@link readPicture}, and the number is known as {@link sharePhone} does. */
  readCode(customerId: number, event: string, typed: string, asked: Challenge): Promise<Answer>
  /** Forgets what nobody can answer any more. */
  prune(): Promise<void>
}

/** What was typed, without what makes no difference. */
export const symbolsOf = (typed: string): string => typed.normalize('NFKC').toUpperCase().replace(/[\s-]/g, '')

export function createChallenges(
  db: Database,
  keyring: SealingKeyring,
  clock: Clock,
  log: Log,
  sender: SmsSender | undefined,
): Challenges {
  const key = createHmac('sha256', keyring.fingerprintKey).update('keytill challenge v1').digest()
  const hashOf = (event: string, answer: string) => createHmac('sha256', key).update(`${event} ${answer}`).digest()

  /** All that is passed with one challenge, and by what the buyer is known from now on. */
  async function passedBy(sql: Sql, customerId: number, shown: Challenge, asked: Challenge, phone: Buffer | null) {
    const now = clock()
    for (const kind of passedWith(shown, asked)) await pass(sql, customerId, kind, now)
    if (phone) await link(sql, customerId, [{ kind: 'phone', hash: phone }], now)
  }

  function answer(
    kind: 'captcha' | 'sms',
    { customerId, event, typed, asked }: { customerId: number; event: string; typed: string; asked: Challenge },
  ): Promise<Answer> {
    return db.transaction(async (sql): Promise<Answer> => {
      await store.turn(sql, [`customer ${customerId}`])
      const given = await store.newest(sql, customerId, kind)
      if (!given) return { is: 'over' }
      // Handled twice: what came of it stands, and a new picture may have come of it already.
      if (given.passed_at) return { is: 'right' }
      if (given.event === event) return { is: 'wrong', left: 0 }
      const left = TRIES[kind] - given.tries
      if (given.answered_by === event) return { is: 'wrong', left }
      if (left <= 0 || clock() > after(given.at, LIFE)) return { is: 'over' }
      const isRight = timingSafeEqual(hashOf(given.event, symbolsOf(typed)), given.answer_hash)
      await store.answered(sql, given.id, event, isRight ? clock() : undefined)
      if (!isRight) return { is: 'wrong', left: left - 1 }
      await passedBy(sql, customerId, kind, asked, given.phone_hash)
      return { is: 'right' }
    })
  }

  return {
    sms: sender !== undefined,
    async picture(customerId, event) {
      const symbols = Array.from({ length: PICTURE_LENGTH }, () => PICTURE_SYMBOLS[randomInt(PICTURE_SYMBOLS.length)])
      const text = symbols.join('')
      return db.transaction(async (sql) => {
        await store.turn(sql, [`customer ${customerId}`])
        const given = { customerId, kind: 'captcha', phone: undefined, event } as const
        const { mine } = await store.countSince(sql, given, after(clock(), -hours(1)))
        if (mine >= MOST_PICTURES) return undefined
        await store.give(sql, given, hashOf(event, text), clock())
        return text
      })
    },
    readPicture: (customerId, event, typed, asked) => answer('captcha', { customerId, event, typed, asked }),
    sharePhone: (customerId, digits, asked) =>
      db.transaction((sql) => passedBy(sql, customerId, 'contact', asked, personalHash(keyring, 'phone', digits))),
    async sendCode(customerId, event, digits, words) {
      if (!sender) return 'unsent'
      const phone = personalHash(keyring, 'phone', digits)
      const code = String(randomInt(10 ** CODE_LENGTH)).padStart(CODE_LENGTH, '0')
      // Written down before the call: a code that may have gone out counts, whatever becomes of this process.
      const given = await db.transaction(async (sql) => {
        await store.turn(sql, [`customer ${customerId}`, `phone ${phone.toString('hex')}`])
        const known = await store.ofEvent(sql, event)
        if (known?.isSent) return 'sent'
        const one = { customerId, kind: 'sms', phone, event } as const
        const { mine, toNumber } = await store.countSince(sql, one, after(clock(), -hours(1)))
        if (Math.max(mine, toNumber) >= MOST_CODES) return 'too_many'
        return store.give(sql, one, hashOf(event, code), clock())
      })
      if (typeof given === 'string') return given
      try {
        await sender.send(digits, words(code))
      } catch (err) {
        if (!hasCode(err, 'sms.unsent')) throw err
        log.warn({ err }, 'a code could not be sent')
        return 'unsent'
      }
      await store.sent(db, given, clock())
      return 'sent'
    },
    readCode: (customerId, event, typed, asked) => answer('sms', { customerId, event, typed, asked }),
    prune: () => store.prune(db, after(clock(), -KEPT)),
  }
}
