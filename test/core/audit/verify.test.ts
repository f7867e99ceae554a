import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readRoots } from '../../../core/audit/anchor.ts'
import { minutes } from '../../../core/platform/clock.ts'
import { type LogStand, openLog, temporaryFolder } from './stand.ts'

let log: LogStand
/** ids by subject */
let ids: Record<string, string> = {}
let head: { readonly seal: string; readonly hash: string }

const TABLES = ['audit_entry', 'audit_seal']

beforeAll(async () => {
  log = await openLog()
  // Seals 1 (a), 2 (that the first root was posted), 3 (b), 4 (c).
  await log.history(['a1', 'a2', 'a3'], ['b1', 'b2', 'b3'], ['c1', 'c2'])
  const rows = await log.run<{ id: bigint; subject: string }>('SELECT id, subject FROM audit_entry')
  ids = Object.fromEntries(rows.map(({ id, subject }) => [subject, String(id)]))
  for (const table of TABLES) await log.run(`CREATE TABLE kept_${table} AS TABLE ${table}`)
  const report = await log.verify()
  expect(report).toMatchObject({ rows: 9, seals: 4, epochs: 1, matched: 1, findings: [], more: 0 })
  head = report.head as typeof head
})
afterEach(async () => {
  for (const table of TABLES) {
    await log.run(`TRUNCATE ${table}`)
    await log.run(`INSERT INTO ${table} SELECT * FROM kept_${table}`)
  }
  expect(await log.findings()).toEqual([])
})

/** What an entry's row is changed to. */
const change = (subject: string, set: string) => log.run(`UPDATE audit_entry SET ${set} WHERE subject = '${subject}'`)
const changed = (subject: string, seal: string, name = subject) => ({
  kind: 'row_changed',
  id: ids[subject],
  subject: name,
  seal,
})

describe('a row', () => {
  it.each([
    ['at', `at = at + interval '1 millisecond'`],
    ['at, to the same time before Christ', `at = (to_char(at, 'YYYY-MM-DD HH24:MI:SS.MS') || '+00 BC')::timestamptz`],
    ['at, to never', `at = 'infinity'`],
    ['actor', `actor = 'operator'`],
    ['action', `action = 'test.undone'`],
    ['data', `data = '{"a": 1}'`],
    ['data, to null', `data = 'null'`],
    ['xact, within its seal', `xact = (xact::text::bigint - 1)::text::xid8`],
    ['xact, into another seal', `xact = (SELECT xact FROM audit_entry WHERE subject = 'a1')`],
    ['xact, to the end', `xact = (SELECT max(xact::text::bigint) FROM audit_entry)::text::xid8`],
  ])('with another %s is named', async (_column, set) => {
    await change('b2', set)
    expect(await log.findings()).toEqual([changed('b2', '3')])
  })

  it('with another subject is named by it', async () => {
    await change('b2', `subject = 'B2'`)
    expect(await log.findings()).toEqual([changed('b2', '3', 'B2')])
  })

  it('with another id is missed under the one and found under the other', async () => {
    await change('b2', 'id = -5')
    expect(await log.findings()).toEqual([
      { kind: 'row_inserted', id: '-5', subject: 'b2', seal: '3' },
      { kind: 'row_deleted', id: ids.b2, seal: '3' },
    ])
  })

  it('put beyond all transactions is named', async () => {
    await change('b2', `xact = '99999999999'`)
    expect(await log.findings()).toEqual([changed('b2', '3'), { kind: 'row_beyond', id: ids.b2, subject: 'b2' }])
  })

  it('that is deleted is named', async () => {
    await log.run(`DELETE FROM audit_entry WHERE subject IN ('a1', 'b3')`)
    expect(await log.findings()).toEqual([
      { kind: 'row_deleted', id: ids.a1, seal: '1' },
      { kind: 'row_deleted', id: ids.b3, seal: '3' },
    ])
  })

  it('that is inserted is named, wherever it is put', async () => {
    const insert = (id: string, xact: string) =>
      log.run(
        `INSERT INTO audit_entry (id, xact, at, actor, action, subject, data)
         SELECT ${id}, ${xact}, at, actor, action, 'new', data FROM audit_entry WHERE subject = 'b2'`,
      )
    await insert('70001', 'xact')
    await insert('-9223372036854775808', `'0'`)
    await insert('9223372036854775807', `'1'`)
    expect(await log.findings()).toEqual([
      { kind: 'row_inserted', id: '-9223372036854775808', subject: 'new', seal: '1' },
      { kind: 'row_inserted', id: '9223372036854775807', subject: 'new', seal: '1' },
      { kind: 'row_inserted', id: '70001', subject: 'new', seal: '3' },
    ])
  })

  it('that has changed places with another is named, and so is the other', async () => {
    const swap = (columns: readonly string[]) =>
      log.run(
        `UPDATE audit_entry e SET (${columns.join(', ')}) = (SELECT ${columns.join(', ')} FROM kept_audit_entry o
           WHERE o.subject = CASE e.subject WHEN 'b1' THEN 'b3' ELSE 'b1' END) WHERE subject IN ('b1', 'b3')`,
      )
    await swap(['at', 'actor', 'action', 'subject', 'data'])
    expect(await log.findings()).toEqual([changed('b1', '3', 'b3'), changed('b3', '3', 'b1')])
  })

  it('that has been sealed into the past is named when it is put into its place as well', async () => {
    await change('a1', `id = 80001`)
    await change('b1', `id = ${ids.a1}, xact = (SELECT xact FROM kept_audit_entry WHERE subject = 'a1')`)
    expect(await log.findings()).toEqual([
      { kind: 'row_changed', id: ids.a1, subject: 'b1', seal: '1' },
      { kind: 'row_inserted', id: '80001', subject: 'a1', seal: '1' },
      { kind: 'row_deleted', id: ids.b1, seal: '3' },
    ])
  })

  it('that waits too long for its seal is told of', async () => {
    await log.write(['d1', 'd2'])
    expect(await log.verify()).toMatchObject({ unsealed: { rows: 2 }, findings: [] })
    expect(await log.verify({ now: new Date(log.clock().getTime() + minutes(11)) })).toMatchObject({
      findings: [{ kind: 'unsealed', rows: 2, seconds: 660 }],
    })
  })
})

describe('a seal', () => {
  const altered = (what: string) => ({ kind: 'seal_altered', seal: '3', what })
  it.each([
    ['epoch', 'epoch = 2', [altered('header')]],
    ['after_id', 'after_id = 1', [altered('header')]],
    ['low', 'low = low + 1', [altered('header')]],
    ['high, lower', 'high = low + 1', [altered('header')]],
    ['high, greater', 'high = high + 100000', [altered('header')]],
    ['last_id', 'last_id = 1', [altered('header')]],
    ['size', 'size = 1', [altered('header')]],
    ['root', `root = sha256('')`, [altered('header')]],
    ['previous', `previous = sha256('')`, [altered('header')]],
    ['history', `history = sha256('')`, [altered('header')]],
    ['at', `at = at + interval '1 ms'`, [altered('header')]],
    ['public_key, to no key', `public_key = ''`, [altered('header')]],
    ['signature', `signature = set_byte(signature, 0, get_byte(signature, 0) # 1)`, [altered('header')]],
    ['signature, to none', `signature = ''`, [altered('header')]],
    ['leaves', `leaves = set_byte(leaves, 20, get_byte(leaves, 20) # 1)`, [altered('leaves')]],
    ['leaves, fewer', `leaves = substr(leaves, 1, 40)`, [altered('leaves')]],
    ['nodes', `nodes = set_byte(nodes, 31, get_byte(nodes, 31) # 1)`, [altered('nodes')]],
  ])('with another %s is named, and no row is', async (_column, set, expected) => {
    await log.run(`UPDATE audit_seal SET ${set} WHERE number = 3`)
    const findings = (await log.findings()).filter(({ kind }) => kind !== 'key_unknown')
    expect(findings).toEqual(expected)
  })

  it('with another number is missed', async () => {
    await log.run('UPDATE audit_seal SET number = 40 WHERE number = 3')
    expect(await log.findings()).toEqual([
      { kind: 'seals_missing', from: '3', to: '3', rows: 3 },
      { kind: 'seal_altered', seal: '40', what: 'header' },
      { kind: 'seals_missing', from: '5', to: '39', rows: 0 },
    ])
  })

  it('that is deleted is missed, and how many rows it covered', async () => {
    await log.run('DELETE FROM audit_seal WHERE number = 3')
    expect(await log.findings()).toEqual([{ kind: 'seals_missing', from: '3', to: '3', rows: 3 }])
  })

  it('whose list was made to fit altered rows is named', async () => {
    await change('b2', `data = '{}', actor = 'x'`)
    await log.run(
      `UPDATE audit_seal SET leaves = overlay(leaves PLACING sha256('anything') FROM 49 FOR 32) WHERE number = 3`,
    )
    expect(await log.findings()).toEqual([altered('leaves'), changed('b2', '3')])
  })

  it('at the end is missed when it was posted, rows and all', async () => {
    await log.run('DELETE FROM audit_seal WHERE number = 4')
    await log.run(`DELETE FROM audit_entry WHERE subject IN ('c1', 'c2')`)
    expect(await log.findings()).toEqual([])
    expect(await log.findings({ hashes: [head.hash] })).toEqual([{ kind: 'root_unknown', hash: head.hash }])
    const at = '2026-06-01T08:00:00.000Z'
    expect(await log.findings({ roots: [{ ...head, at, key: '' }] })).toEqual([
      { kind: 'cut_off', seal: '4', last: '3', at },
    ])
  })

  it('of a history that was written anew by another key is not believed', async () => {
    await log.run('TRUNCATE audit_seal')
    await change('b2', `actor = 'nobody'`)
    await log.seal(await temporaryFolder()).stop()
    const [posted] = readRoots(log.dataDir).roots
    expect(await log.findings()).toMatchObject([
      { kind: 'rewritten', seal: '1', at: posted?.at },
      { kind: 'key_unknown', seal: '1' },
    ])
    // Without anything from outside the new history would be as good as any: so nobody is believed.
    expect(await log.findings({ keys: [], roots: [] })).toMatchObject([{ kind: 'key_unknown', seal: '1' }])
  })
})

it('goes on by what is known from outside: a posted root stands for the keys of everything before it', async () => {
  expect(await log.verify({ keys: [], roots: [], hashes: [head.hash] })).toMatchObject({ matched: 1, findings: [] })
})

it('names a thousand and counts the rest', async () => {
  const large = await openLog()
  await large.history(Array.from({ length: 1500 }, (_, n) => `r${n}`))
  await large.run(`UPDATE audit_entry SET actor = 'x'`)
  const report = await large.verify()
  expect(report.findings).toHaveLength(1000)
  expect(report.more).toBe(501)
})
