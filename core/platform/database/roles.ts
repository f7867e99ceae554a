import type pg from 'pg'
import { KeytillError } from '../errors.ts'

const ADD = 'SELECT, INSERT'
const KEEP = 'SELECT, INSERT, UPDATE'
/**
 * What is only ever added to: what happened is not rewritten, and a booking is corrected by another one. Where in the audit
 * log an entry stands (`id`, `xact`) is not its writer's to choose either.
 */
const ADDED_TO = new Map([
  ['public.audit_entry', 'SELECT, INSERT (at, actor, action, subject, data)'],
  ['public.audit_seal', ADD],
  ['public.ledger_transaction', ADD],
  ['public.ledger_entry', ADD],
  ['public.reveal', ADD],
  ['public.wallet_entry', ADD],
  // An edit of a rule is a new version, and what was decided on one can be read again.
  ['public.risk_rule', ADD],
  ['public.risk_decision', ADD],
  ['public.blocklist', KEEP],
  // Never deleted: rows without a foreign key stand on these.
  ['public.batch', KEEP],
  ['public.card_key', KEEP],
  ['public.key_export', KEEP],
  ['public.vault_version', KEEP],
])
/** What only the owner of the schema writes. */
const READ_ONLY = ['public._prisma_migrations', 'graphile_worker.migrations']

const TABLES = `SELECT n.nspname::text AS schema, c.relname::text AS name, c.relkind = 'v' AS "isView",
    c.relrowsecurity AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND r.oid = ANY (p.polroles)) AS "needsPolicy"
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.rolname = $1
  WHERE n.nspname IN ('public', 'graphile_worker') AND c.relkind IN ('r', 'p', 'v') ORDER BY 1, 2`

interface Table {
  readonly schema: string
  readonly name: string
  readonly isView: boolean
  readonly needsPolicy: boolean
}

/**
 * The statements that let a role run the shop and no more: it reads and writes rows, cannot change what is only added to,
 * and owns nothing. They can be run again; after an upgrade they give what is new. To be run by the schema's owner.
 * @throws KeytillError `roles.no_shop`, `roles.unknown`, or `roles.owner` when the role may do everything anyway
 */
export async function grantsFor(client: pg.ClientBase, role: string): Promise<string[]> {
  const { rows: found } = await client.query<{ quoted: string; owns: boolean | null }>(
    `SELECT quote_ident($1) AS quoted, (SELECT pg_has_role(r.oid, c.relowner, 'MEMBER') FROM pg_class c WHERE c.oid = to_regclass('public.orders')) AS owns
     FROM pg_roles r WHERE r.rolname = $1`,
    [role],
  )
  const [target] = found
  if (!target)
    throw new KeytillError(
      'roles.unknown',
      `There is no role ${role}. Make it first: CREATE ROLE ${role} LOGIN PASSWORD '…'`,
    )
  if (target.owns === null)
    throw new KeytillError('roles.no_shop', 'There is no shop in this database: start it once as its owner.')
  if (target.owns)
    throw new KeytillError('roles.owner', `The role ${role} owns the tables, or is a superuser: choose a lesser one.`)
  const { rows: tables } = await client.query<Table>(TABLES, [role])
  const grants = tables.map((table) => `GRANT ${rightsOn(table)} ON ${table.schema}.${table.name} TO ${target.quoted}`)
  // The library hides its tables' rows from everyone but their owner.
  const policies = tables
    .filter(({ needsPolicy }) => needsPolicy)
    .map(
      ({ schema, name }) =>
        `CREATE POLICY ${target.quoted} ON ${schema}.${name} TO ${target.quoted} USING (true) WITH CHECK (true)`,
    )
  return [
    `REVOKE ALL ON ALL TABLES IN SCHEMA public, graphile_worker FROM ${target.quoted}`,
    `GRANT USAGE ON SCHEMA public, graphile_worker TO ${target.quoted}`,
    ...grants,
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public, graphile_worker TO ${target.quoted}`,
    ...policies,
  ]
}

function rightsOn({ schema, name, isView }: Table): string {
  if (isView || READ_ONLY.includes(`${schema}.${name}`)) return 'SELECT'
  return ADDED_TO.get(`${schema}.${name}`) ?? 'SELECT, INSERT, UPDATE, DELETE'
}

/** Gives a role its rights, all at once. @throws as {@link grantsFor} */
export async function grantRole(client: pg.ClientBase, role: string): Promise<string[]> {
  const statements = await grantsFor(client, role)
  // Statements sent together are one transaction: a running shop sees no gap between what is taken and what is given.
  await client.query(statements.join(';\n'))
  return statements
}

/** Gives the roles that run the shop by {@link grantRole} what a migration has added. */
export async function renewGrants(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ role: string }>(
    `SELECT r.rolname::text AS role FROM pg_policy p JOIN pg_roles r ON r.oid = ANY (p.polroles)
     WHERE p.polrelid = 'graphile_worker._private_jobs'::regclass`,
  )
  for (const { role } of rows) await grantRole(client, role)
}
