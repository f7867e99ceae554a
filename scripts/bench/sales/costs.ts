import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Server settings that make it write down what each statement spent its time on. */
export const EXPLAINING = {
  shared_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_triggers': 'on',
  'auto_explain.log_format': 'json',
  'auto_explain.log_parameter_max_length': '0',
} as const

/** What a statement of the sale writes, by table; whatever else it does is reading. */
const PARTS: Readonly<Record<string, string>> = {
  orders: 'orders',
  order_line: 'orders',
  order_unit: 'keys',
  stock: 'keys',
  customer_standing: 'quotas',
  payment: 'payment inbox',
  ledger_transaction: 'ledger',
  ledger_entry: 'ledger',
  risk_decision: 'risk',
  customer_trait: 'risk',
  audit_entry: 'audit',
  outbox: 'jobs',
}

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Subplan Name'?: string
  readonly 'Actual Total Time': number
  readonly Plans?: readonly PlanNode[]
}
interface Explained {
  readonly 'Query Text': string
  readonly Plan: PlanNode
  readonly Triggers?: readonly { readonly Relation: string; readonly Time: number }[]
}

/** How far the server's log goes now. */
export const logSize = async (dataDir: string): Promise<number> => (await readFile(logOf(dataDir))).length

/** Ms that the server spent on each part of the sale since its log had this size, foreign keys included. */
export async function costs(dataDir: string, since: number): Promise<Map<string, number>> {
  const text = (await readFile(logOf(dataDir))).subarray(since).toString()
  const spent = new Map<string, number>()
  const add = (part: string, ms: number) => spent.set(part, (spent.get(part) ?? 0) + ms)
  for (const entry of text.split(/\n(?=\d{4}-\d\d-\d\d )/)) {
    const json = /LOG: {2}duration: [\d.]+ ms {2}plan:\n([\s\S]*)/.exec(entry)?.[1]
    if (json === undefined) continue
    const explained = JSON.parse(json) as Explained
    const query = explained['Query Text']
    // Those that only read. The locks that risk needs are taken with the others.
    if (/^WITH (standings|due) AS/.test(query) || query.includes('payment_id_seq'))
      add('locking and reading', explained.Plan['Actual Total Time'])
    else if (query.startsWith('SELECT r.n, ')) add('risk', explained.Plan['Actual Total Time'])
    else if (!/^WITH (made|payments) AS/.test(query)) continue
    for (const node of nodes(explained.Plan))
      if (node['Node Type'] === 'ModifyTable')
        add(PARTS[node['Relation Name'] ?? ''] ?? 'other', node['Actual Total Time'])
    for (const { Relation, Time } of explained.Triggers ?? []) add(PARTS[Relation] ?? 'other', Time)
  }
  return spent
}

const logOf = (dataDir: string): string => join(dataDir, 'pg', 'server.log')

function* nodes(node: PlanNode): Generator<PlanNode> {
  yield node
  for (const child of node.Plans ?? []) yield* nodes(child)
}
