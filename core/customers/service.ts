import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { OWNER, PERMISSIONS, type Permission } from '../staff/model.ts'
import type { Staff } from '../staff/service.ts'
import { type Acquaintance, type Address, accountsOf, type Customer, type Language, STAFF_BOT } from './model.ts'
import * as store from './store.ts'

export interface Customers {
  /** The customer behind a chat account, made at first sight; owners named in the settings become staff here. */
  meet(person: Acquaintance): Promise<Customer>
  /** Whether an account is that of active staff; nobody is made a customer by it. */
  isStaff(channel: string, externalId: string): Promise<boolean>
  /** Undefined for one who was never met, or is forgotten. Of one whose accounts were linked with another's: that one. */
  get(id: number): Promise<Customer | undefined>
  speak(customer: Customer, language: Language): Promise<void>
  /** The platform says that somebody has blocked or left this chat. Counts until they write again. */
  gone(channel: string, chat: string): Promise<void>
  /** Active staff, by name. */
  staff(): Promise<readonly Customer[]>
}

export function createCustomers(
  db: Database,
  clock: Clock,
  owners: readonly { channel: string; id: string }[],
  staff: Pick<Staff, 'appointOwner'>,
): Customers {
  const isOwner = (person: Acquaintance) =>
    owners.some((owner) => owner.channel === accountsOf(person.channel) && owner.id === person.externalId)

  /** Two first messages at once: the identity's key lets one through, and the other finds what it made. */
  async function firstSight(person: Acquaintance): Promise<Customer> {
    try {
      return await store.create(db, person)
    } catch (error) {
      const made = await store.find(db, person)
      if (made) return made
      throw error
    }
  }

  /**
   * Someone new to this channel, who may be known by the same account on another. It is there that they are made: two first
   * messages to two bots are one customer.
   */
  async function welcome(person: Acquaintance): Promise<Customer> {
    const home = { ...person, channel: accountsOf(person.channel) }
    if (home.channel === person.channel) return firstSight(person)
    const customer = (await store.find(db, home)) ?? (await firstSight(home))
    await store.addIdentity(db, customer.id, person)
    return customer
  }

  return {
    async meet(person) {
      const known = await store.find(db, person)
      if (known && (known.chat !== person.chat || known.isGone)) await store.moveChat(db, person)
      const customer = known ?? (await welcome(person))
      if (customer.role === OWNER || !isOwner(person)) return customer
      await db.transaction((sql) => staff.appointOwner(sql, customer))
      return { ...customer, role: OWNER, permissions: new Set(PERMISSIONS) }
    },
    isStaff: async (channel, externalId) =>
      (await store.find(db, { channel: accountsOf(channel), externalId }))?.role !== undefined,
    get: (id) => store.get(db, id),
    speak: (customer, language) => store.setLanguage(db.prisma, customer.id, language),
    gone: (channel, chat) => store.markGone(db, channel, chat, clock()),
    staff: () => store.staff(db),
  }
}

/**
 * A person by their account on a channel, with where they can be reached in private; undefined for one who was never met. Within a
 * transaction: until it ends the account is not linked with others.
 */
export async function personBy(
  sql: Sql,
  channel: string,
  externalId: string,
): Promise<{ customerId: number; channel: string; chat: string; pseudonym: string } | undefined> {
  await store.hold(sql, { channel, externalId })
  const person = await store.find(sql, { channel, externalId })
  return person && { customerId: person.id, channel, chat: person.chat, pseudonym: person.pseudonym }
}

/** Where the person with this pseudonym is reached on a channel; undefined when they never wrote there. */
export function addressOn(sql: Sql, pseudonym: string, channel: string): Promise<Address | undefined> {
  return store.addressOn(sql, pseudonym, channel)
}

/**
 * Where active staff who hold this are to be told, and the one of them with the pseudonym `also` whatever they hold: in the staff bot if
 * the shop has one and they have begun to talk to it, else everywhere else.
 */
export function staffAddresses(
  sql: Sql,
  hasStaffBot: boolean,
  permission: Permission,
  also?: string,
): Promise<Address[]> {
  return store.addresses(sql, { bot: STAFF_BOT, isServed: hasStaffBot }, permission, also)
}
