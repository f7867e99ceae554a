import { createHash } from 'node:crypto'
import { recordAudit } from '../audit/service.ts'
import { after, type Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { randomCode } from '../platform/ids.ts'
import type { Acquaintance, Address, Customer, Language, StaffRole } from './model.ts'
import * as store from './store.ts'

export interface Customers {
  /** The customer behind a chat account, made at first sight; owners named in the settings become staff here. */
  meet(person: Acquaintance): Promise<Customer>
  get(id: number): Promise<Customer | undefined>
  speak(customer: Customer, language: Language): Promise<void>
  /** Active staff, by name. */
  staff(): Promise<readonly Customer[]>
  hasOwner(): Promise<boolean>
  /** A one-time code that makes its first user staff; it is kept only as a hash. Good for `life` ms. */
  issueClaim(role: StaffRole, life: number): Promise<string>
  /** The role a one-time code gave; undefined when it is wrong, used or too old. */
  claim(customer: Customer, code: string): Promise<StaffRole | undefined>
}

const hashOf = (code: string): Buffer => createHash('sha256').update(code.toUpperCase().replace(/[\s-]/g, '')).digest()

export function createCustomers(
  db: Database,
  clock: Clock,
  owners: readonly { channel: string; id: string }[],
): Customers {
  const isOwner = (person: Acquaintance) =>
    owners.some((owner) => owner.channel === person.channel && owner.id === person.externalId)

  async function appoint(customer: Customer, role: StaffRole, by: string, sql: Sql): Promise<Customer> {
    await store.addStaff(sql, customer.id, role)
    await recordAudit(sql, clock(), {
      actor: by,
      action: 'staff.appointed',
      subject: `customer:${customer.pseudonym}`,
      data: { role },
    })
    return { ...customer, role }
  }

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

  return {
    async meet(person) {
      const known = await store.find(db, person)
      if (known && known.chat !== person.chat) await store.moveChat(db, person)
      const customer = known ?? (await firstSight(person))
      if (customer.role !== 'owner' && isOwner(person))
        return db.transaction((sql) => appoint(customer, 'owner', 'operator', sql))
      return customer
    },
    get: (id) => store.get(db, id),
    speak: (customer, language) => store.setLanguage(db.prisma, customer.id, language),
    staff: () => store.staff(db),
    hasOwner: async () => owners.length > 0 || (await store.countOwners(db.prisma)) > 0,
    async issueClaim(role, life) {
      const code = randomCode(12)
      await store.insertClaim(db.prisma, hashOf(code), role, after(clock(), life))
      return code
    },
    claim: (customer, code) =>
      db.transaction(async (sql) => {
        const role = await store.consumeClaim(sql, hashOf(code), clock(), customer.id)
        if (role) await appoint(customer, role, customer.pseudonym, sql)
        return role
      }),
  }
}

/** A person by their account on a channel, with where they can be reached in private; undefined for one who was never met. */
export async function personBy(
  sql: Sql,
  channel: string,
  externalId: string,
): Promise<{ customerId: number; channel: string; chat: string; pseudonym: string } | undefined> {
  const person = await store.find(sql, { channel, externalId })
  return person && { customerId: person.id, channel, chat: person.chat, pseudonym: person.pseudonym }
}

/** Where active staff can be reached. */
export function staffAddresses(sql: Sql): Promise<Address[]> {
  return store.addresses(sql)
}
