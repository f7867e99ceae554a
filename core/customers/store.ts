import type { PrismaClient } from '../platform/database/database.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import type { Permission } from '../staff/model.ts'
import type { Acquaintance, Address, Customer } from './model.ts'
import { languageOf } from './model.ts'
import { shownName } from './names.ts'

interface Row {
  id: number
  pseudonym: string
  name: string | null
  language: string | null
  role: string | null
  permissions: Permission[] | null
}

const COLUMNS = `c.id, c.pseudonym, c.name, c.language, s.role, r.permissions`
const STAFF = `LEFT JOIN staff_member s ON s.customer_id = c.id AND s.suspended_at IS NULL LEFT JOIN role r ON r.name = s.role`

const FIND = statement(
  'customer-find',
  `SELECT ${COLUMNS}, i.chat, i.gone_at IS NOT NULL AS is_gone FROM identity i JOIN customer c ON c.id = i.customer_id ${STAFF} WHERE i.channel = $1 AND i.external_id = $2`,
)
/** Whoever was linked is the customer that is left. */
const GET = statement(
  'customer-get',
  `SELECT ${COLUMNS} FROM customer c ${STAFF} WHERE c.id = (SELECT coalesce(n.merged_into, n.id) FROM customer n WHERE n.id = $1) AND c.erased_at IS NULL`,
)
/** From here on the account is nobody else's until the transaction ends. */
const HOLD = statement('identity-hold', `SELECT FROM identity WHERE channel = $1 AND external_id = $2 FOR SHARE`)
const CREATE = statement(
  'customer-create',
  `WITH c AS (INSERT INTO customer (name, language) VALUES ($4, $5) RETURNING *),
        i AS (INSERT INTO identity (channel, external_id, customer_id, chat) SELECT $1, $2, c.id, $3 FROM c),
        s AS (INSERT INTO customer_standing (customer_id) SELECT c.id FROM c)
   SELECT c.id, c.pseudonym, c.name, c.language, NULL AS role, NULL AS permissions FROM c`,
)
const ADD_IDENTITY = statement(
  'identity-add',
  `INSERT INTO identity (channel, external_id, customer_id, chat) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
)
const MOVE = statement(
  'identity-move',
  `UPDATE identity SET chat = $3, gone_at = NULL WHERE channel = $1 AND external_id = $2`,
)
const GONE = statement(
  'identity-gone',
  `UPDATE identity SET gone_at = $3 WHERE channel = $1 AND chat = $2 AND gone_at IS NULL`,
)
const STAFF_ADDRESSES = statement(
  'staff-addresses',
  `SELECT c.id, i.channel, i.chat, c.language FROM staff_member s JOIN role r ON r.name = s.role JOIN customer c ON c.id = s.customer_id JOIN identity i ON i.customer_id = c.id
   WHERE s.suspended_at IS NULL AND ($3 = ANY (r.permissions) OR c.pseudonym::text = $4) AND
     CASE WHEN $2 AND EXISTS (SELECT FROM identity b WHERE b.customer_id = c.id AND b.channel = $1) THEN i.channel = $1 ELSE i.channel <> $1 END
   ORDER BY c.id`,
)
/** Two accounts of one person on one channel: the one they wrote from first. */
const ADDRESS_ON = statement(
  'customer-address-on',
  `SELECT c.id, i.channel, i.chat, c.language FROM customer c JOIN identity i ON i.customer_id = c.id
   WHERE c.pseudonym = $1::uuid AND i.channel = $2 ORDER BY i.created_at, i.external_id LIMIT 1`,
)
const STAFF_MEMBERS = statement(
  'customers-on-staff',
  `SELECT ${COLUMNS} FROM staff_member s JOIN role r ON r.name = s.role JOIN customer c ON c.id = s.customer_id WHERE s.suspended_at IS NULL ORDER BY c.name, c.id`,
)
/** What those hold who are no staff. */
const NOTHING: ReadonlySet<Permission> = new Set()

const customerOf = (row: Row): Customer => ({
  id: row.id,
  pseudonym: row.pseudonym,
  name: row.name ?? undefined,
  language: languageOf(row.language ?? undefined),
  role: row.role ?? undefined,
  permissions: row.permissions ? new Set(row.permissions) : NOTHING,
})

export async function find(
  sql: Sql,
  person: Pick<Acquaintance, 'channel' | 'externalId'>,
): Promise<(Customer & { chat: string; isGone: boolean }) | undefined> {
  const [row] = await sql.rows<Row & { chat: string; is_gone: boolean }>(FIND, [person.channel, person.externalId])
  return row && { ...customerOf(row), chat: row.chat, isGone: row.is_gone }
}

/** Waits for whoever links this account, or unlinks it, and keeps them from it until the transaction ends. */
export async function hold(sql: Sql, { channel, externalId }: Pick<Acquaintance, 'channel' | 'externalId'>) {
  await sql.rows(HOLD, [channel, externalId])
}

export async function get(sql: Sql, id: number): Promise<Customer | undefined> {
  const [row] = await sql.rows<Row>(GET, [id])
  return row && customerOf(row)
}

export async function create(sql: Sql, person: Acquaintance): Promise<Customer> {
  const values = [
    person.channel,
    person.externalId,
    person.chat,
    shownName(person.name) ?? null,
    languageOf(person.language),
  ]
  const [row] = await sql.rows<Row>(CREATE, values)
  return customerOf(row as Row)
}

/** One more channel on which a customer can be reached, unless it is there. */
export async function addIdentity(sql: Sql, customerId: number, person: Acquaintance): Promise<void> {
  await sql.rows(ADD_IDENTITY, [person.channel, person.externalId, customerId, person.chat])
}

export async function moveChat(sql: Sql, person: Acquaintance): Promise<void> {
  await sql.rows(MOVE, [person.channel, person.externalId, person.chat])
}

export async function markGone(sql: Sql, channel: string, chat: string, at: Date): Promise<void> {
  await sql.rows(GONE, [channel, chat, at])
}

export async function setLanguage(prisma: PrismaClient, id: number, language: string): Promise<void> {
  await prisma.customer.update({ where: { id }, data: { language } })
}

interface AddressRow {
  readonly id: number
  readonly channel: string
  readonly chat: string
  readonly language: string | null
}

const addressOf = ({ id, channel, chat, language }: AddressRow): Address => ({
  customerId: id,
  channel,
  chat,
  language: languageOf(language ?? undefined),
})

export async function addresses(
  sql: Sql,
  { bot, isServed }: { readonly bot: string; readonly isServed: boolean },
  permission: Permission,
  also: string | undefined,
): Promise<Address[]> {
  const rows = await sql.rows<AddressRow>(STAFF_ADDRESSES, [bot, isServed, permission, also ?? null])
  return rows.map(addressOf)
}

export async function addressOn(sql: Sql, pseudonym: string, channel: string): Promise<Address | undefined> {
  return (await sql.rows<AddressRow>(ADDRESS_ON, [pseudonym, channel])).map(addressOf)[0]
}

export async function staff(sql: Sql): Promise<Customer[]> {
  return (await sql.rows<Row>(STAFF_MEMBERS)).map(customerOf)
}
