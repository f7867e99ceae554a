import type { PrismaClient } from '../platform/database/database.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import type { Acquaintance, Address, Customer, StaffRole } from './model.ts'
import { languageOf } from './model.ts'

interface Row {
  id: number
  pseudonym: string
  name: string | null
  language: string | null
  role: StaffRole | null
}

const COLUMNS = `c.id, c.pseudonym, c.name, c.language, s.role`
const STAFF = `LEFT JOIN staff_member s ON s.customer_id = c.id AND s.suspended_at IS NULL`

const FIND = statement(
  'customer-find',
  `SELECT ${COLUMNS}, i.chat FROM identity i JOIN customer c ON c.id = i.customer_id ${STAFF} WHERE i.channel = $1 AND i.external_id = $2`,
)
const GET = statement('customer-get', `SELECT ${COLUMNS} FROM customer c ${STAFF} WHERE c.id = $1`)
const CREATE = statement(
  'customer-create',
  `WITH c AS (INSERT INTO customer (name, language) VALUES ($4, $5) RETURNING *),
        i AS (INSERT INTO identity (channel, external_id, customer_id, chat) SELECT $1, $2, c.id, $3 FROM c),
        s AS (INSERT INTO customer_standing (customer_id) SELECT c.id FROM c)
   SELECT c.id, c.pseudonym, c.name, c.language, NULL AS role FROM c`,
)
const MOVE = statement('identity-move', `UPDATE identity SET chat = $3 WHERE channel = $1 AND external_id = $2`)
const STAFF_ADDRESSES = statement(
  'staff-addresses',
  `SELECT c.id, i.channel, i.chat, c.language FROM staff_member s JOIN customer c ON c.id = s.customer_id JOIN identity i ON i.customer_id = c.id
   WHERE s.suspended_at IS NULL ORDER BY c.id`,
)
const STAFF_MEMBERS = statement(
  'staff-members',
  `SELECT ${COLUMNS} FROM staff_member s JOIN customer c ON c.id = s.customer_id WHERE s.suspended_at IS NULL ORDER BY c.name, c.id`,
)
const USE_CLAIM = statement(
  'staff-claim-use',
  `UPDATE staff_claim SET used_at = $2, used_by = $3 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING role`,
)
const ADD_STAFF = statement(
  'staff-add',
  `INSERT INTO staff_member (customer_id, role) VALUES ($1, $2::staff_role) ON CONFLICT (customer_id) DO UPDATE SET role = excluded.role`,
)

const customerOf = (row: Row): Customer => ({
  id: row.id,
  pseudonym: row.pseudonym,
  name: row.name ?? undefined,
  language: languageOf(row.language ?? undefined),
  role: row.role ?? undefined,
})

export async function find(
  sql: Sql,
  person: Pick<Acquaintance, 'channel' | 'externalId'>,
): Promise<(Customer & { chat: string }) | undefined> {
  const [row] = await sql.rows<Row & { chat: string }>(FIND, [person.channel, person.externalId])
  return row && { ...customerOf(row), chat: row.chat }
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
    person.name?.slice(0, 100) ?? null,
    languageOf(person.language),
  ]
  const [row] = await sql.rows<Row>(CREATE, values)
  return customerOf(row as Row)
}

export async function moveChat(sql: Sql, person: Acquaintance): Promise<void> {
  await sql.rows(MOVE, [person.channel, person.externalId, person.chat])
}

export async function setLanguage(prisma: PrismaClient, id: number, language: string): Promise<void> {
  await prisma.customer.update({ where: { id }, data: { language } })
}

export async function addresses(sql: Sql): Promise<Address[]> {
  const rows = await sql.rows<{ id: number; channel: string; chat: string; language: string | null }>(STAFF_ADDRESSES)
  return rows.map((row) => ({
    customerId: row.id,
    channel: row.channel,
    chat: row.chat,
    language: languageOf(row.language ?? undefined),
  }))
}

export async function staff(sql: Sql): Promise<Customer[]> {
  return (await sql.rows<Row>(STAFF_MEMBERS)).map(customerOf)
}

export async function countOwners(prisma: PrismaClient): Promise<number> {
  return prisma.staffMember.count({ where: { role: 'owner', suspendedAt: null } })
}

export async function insertClaim(prisma: PrismaClient, hash: Buffer, role: StaffRole, expiresAt: Date): Promise<void> {
  await prisma.staffClaim.create({ data: { hash: new Uint8Array(hash), role, expiresAt } })
}

export async function consumeClaim(
  sql: Sql,
  hash: Buffer,
  at: Date,
  customerId: number,
): Promise<StaffRole | undefined> {
  const [row] = await sql.rows<{ role: StaffRole }>(USE_CLAIM, [hash, at, customerId])
  return row?.role
}

export async function addStaff(sql: Sql, customerId: number, role: StaffRole): Promise<void> {
  await sql.rows(ADD_STAFF, [customerId, role])
}
