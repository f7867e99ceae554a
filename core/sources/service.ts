import { recordAudit } from '../audit/service.ts'
import type { Customer } from '../customers/model.ts'
import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { KeytillError } from '../platform/errors.ts'
import { type Page, pageOf } from '../platform/page.ts'
import {
  type CodeMaker,
  type Door,
  OTHER,
  type SourceFigures,
  type SourceLink,
  type Span,
  type Start,
} from './model.ts'
import { isAddress, isSourceName, linkOf, payloadOf } from './policy.ts'
import * as store from './store.ts'

export interface Sources {
  /**
   * A new source. One of that name that there is already stays as it is.
   * @throws KeytillError `source.name` when it may not be called so
   */
  add(staff: Customer, name: string): Promise<void>
  /** Whether there is one of this name; what names none counts as `other`, which there always is. */
  isKnown(name: string): Promise<boolean>
  /** Somebody came by a link that names a source. The first one they came by is kept, and so is the last. */
  touch(customer: Customer, name: string): Promise<void>
  /** What came of each source, newest first. */
  figures(span: Span, page: number): Promise<Page<SourceFigures>>
  /** The links to the shop or to a product, by a source or by none, on every channel that has ever been opened. */
  links(start: Start): Promise<readonly SourceLink[]>
  /**
   * What a QR code of a channel's link says; undefined when there is none. Throws what the channel's {@link CodeMaker} throws, and
   * asks it once for each.
   */
  code(channel: string, start: Start): Promise<string | undefined>
  /** A channel can be entered here. */
  openDoor(channel: string, door: Door): Promise<void>
  /** A channel without addresses has codes of its own, from here. */
  codesBy(channel: string, maker: CodeMaker): void
}

const PER_PAGE = 8

export function createSources(db: Database, clock: Clock): Sources {
  const makers = new Map<string, CodeMaker>()
  return {
    add: (staff, name) =>
      db.transaction(async (sql) => {
        if (!isSourceName(name))
          throw new KeytillError('source.name', 'A source has 1 to 24 letters a-z, digits and dashes.')
        if (!(await store.add(sql, name, staff.pseudonym, clock()))) return
        await recordAudit(sql, clock(), {
          actor: staff.pseudonym,
          action: 'source.added',
          subject: `source:${name}`,
        })
      }),
    isKnown: async (name) => name === OTHER || store.isKnown(db, name),
    touch: ({ id }, name) => store.touch(db, id, name, clock()),
    async figures(span, wanted) {
      const since = span === 'all' ? new Date(0) : after(clock(), -hours(24 * Number(span)))
      const total = await store.count(db)
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      return { items: await store.figures(db, since, take, skip), page, pages, total }
    },
    async links(start) {
      return (await store.doors(db))
        .map(({ channel, ...door }) => ({ channel, link: linkOf(door, start) }))
        .filter(({ link }) => link !== '')
        .map((door) => ({ ...door, scanned: isAddress(door.link) || makers.has(door.channel) }))
    },
    async code(channel, start) {
      const maker = makers.get(channel)
      if (!maker) {
        const door = (await store.doors(db)).find((one) => one.channel === channel)
        const link = door && linkOf(door, start)
        return link !== undefined && isAddress(link) ? link : undefined
      }
      const { account, make } = maker
      const payload = payloadOf(start)
      const known = await store.code(db, account, payload)
      if (known !== undefined) return known
      const address = await make(payload)
      await store.keepCode(db, account, payload, address)
      return address
    },
    openDoor: (channel, door) => store.openDoor(db, channel, door),
    codesBy: (channel, maker) => {
      makers.set(channel, maker)
    },
  }
}
