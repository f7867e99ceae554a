/**
 * `npm run verify-audit -- [--root HASH] [--receipt FILE] [--json]`: compares the audit log with its seals and with what was posted
 * outside the database. Reads only, in pieces, while the shop runs or not. Ends with 1 when something was changed.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readRoots, rootsFile } from '../core/audit/anchor.ts'
import type { Finding } from '../core/audit/findings.ts'
import { readAuditPublicKey } from '../core/audit/key.ts'
import { checkReceipt, readReceipt } from '../core/audit/receipt.ts'
import { type AuditReport, verifyAudit } from '../core/audit/verify.ts'
import { type Database, openDatabase } from '../core/platform/database/database.ts'
import { startEmbedded } from '../core/platform/database/embedded/server.ts'
import { KeytillError } from '../core/platform/errors.ts'
import { createLog } from '../core/platform/log.ts'
import { readSettings, type Settings } from '../core/platform/settings.ts'

const USAGE = `usage: npm run verify-audit -- [--root HASH] [--receipt FILE] [--json]

  --root HASH     the log must contain this root, as it was told in the staff chat; may be given several times
  --receipt FILE  a buyer's receipt must be in the log; may be given several times
  --json          print the report as JSON`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      root: { type: 'string', multiple: true, default: [] },
      receipt: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const hashes = values.root.map((hash) => hash.trim().toLowerCase())
  if (hashes.some((hash) => !/^[0-9a-f]{64}$/.test(hash)))
    throw new KeytillError('audit.bad_root', 'A root is 64 hexadecimal characters, as told in the staff chat.')
  const receipts = values.receipt.map(receiptIn)
  const settings = readSettings(process.env)
  const { db, close } = await open(settings)
  try {
    const key = readAuditPublicKey(settings.KEYTILL_DATA)
    const { roots, unreadable } = readRoots(settings.KEYTILL_DATA)
    const known = { now: new Date(), keys: key === undefined ? [] : [key], roots, hashes }
    const report = await verifyAudit(db, known, progress())
    const findings = [
      ...unreadable.map((line): Finding => ({ kind: 'root_unreadable', line })),
      ...report.findings,
      ...(await Promise.all(receipts.map((receipt) => checkReceipt(db, receipt)))).flat(),
    ]
    const isFine = findings.length === 0 && report.more === 0
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    if (values.json) console.log(JSON.stringify({ ok: isFine, ...report, findings }, undefined, 2))
    else console.log(tell({ ...report, findings }, roots.length + hashes.length > 0, receipts.length))
    if (!isFine) process.exitCode = 1
  } finally {
    await close()
  }
}

/** The database alone, without whatever the shop does at its start: a role that may only read is enough. */
async function open(settings: Settings): Promise<{ db: Database; close(): Promise<void> }> {
  const log = createLog(settings.LOG_LEVEL)
  const url = settings.DATABASE_URL
  if (!url && !existsSync(join(settings.KEYTILL_DATA, 'pg')))
    throw new KeytillError(
      'audit.no_log',
      `There is no database in ${settings.KEYTILL_DATA}: set KEYTILL_DATA or DATABASE_URL.`,
    )
  const server = url ? undefined : await startEmbedded({ dataDir: settings.KEYTILL_DATA })
  const db = openDatabase(server ? server.connection : { connectionString: url as string }, log)
  return {
    db,
    async close() {
      await db.close()
      await server?.stop()
    },
  }
}

function receiptIn(file: string) {
  const receipt = existsSync(file) ? readReceipt(readFileSync(file, 'utf8')) : undefined
  if (receipt) return receipt
  throw new KeytillError('audit.no_receipt', `The file ${file} is not a receipt of keytill.`)
}

/** Says how far it has come, at most ten times a second, where someone is looking. */
function progress(): (rows: number) => void {
  let drawn = 0
  return (rows) => {
    if (!process.stderr.isTTY || performance.now() - drawn < 100) return
    drawn = performance.now()
    process.stderr.write(`\r\x1b[K${number(rows)} rows …`)
  }
}

const number = (n: number): string => n.toLocaleString('en')
const span = (seconds: number): string =>
  seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`

function tell(report: AuditReport, isAnchored: boolean, receipts: number): string {
  const { rows, seals, epochs, head, matched, unsealed, findings, more } = report
  const restored = epochs > 1 ? `, restored ${epochs === 2 ? 'once' : `${epochs - 1} times`}` : ''
  return [
    `${number(rows)} rows in ${number(seals)} seals${restored}; ${number(unsealed.rows)} rows wait for a seal.`,
    isAnchored
      ? `${number(matched)} posted roots are as they were posted.`
      : 'No posted root is at hand: whether newer rows were cut off cannot be told. Give --root from the staff chat.',
    ...(receipts > 0 ? [`${number(receipts)} receipts were compared.`] : []),
    ...(head ? [`Newest seal ${head.seal}: ${head.hash}`] : []),
    '',
    ...(findings.length === 0 ? ['Nothing was changed.'] : findings.map(sentence)),
    ...(more > 0 ? [`… and ${number(more)} more.`] : []),
  ].join('\n')
}

function sentence(finding: Finding): string {
  switch (finding.kind) {
    case 'row_changed':
      return `Row ${finding.id} (${finding.subject}) was changed. Seal ${finding.seal}.`
    case 'row_deleted':
      return `Row ${finding.id} was deleted. Seal ${finding.seal}.`
    case 'row_inserted':
      return `Row ${finding.id} (${finding.subject}) was inserted later. Seal ${finding.seal}.`
    case 'row_beyond':
      return `Row ${finding.id} (${finding.subject}) names a transaction that this server has not had.`
    case 'seal_altered':
      return `Seal ${finding.seal} was changed${{ header: '', leaves: ' in its list of rows', nodes: ' in its subtrees' }[finding.what]}.`
    case 'seals_missing': {
      const which =
        finding.from === finding.to ? `Seal ${finding.from} is` : `Seals ${finding.from} to ${finding.to} are`
      return `${which} missing; ${number(finding.rows)} rows stand there unsealed.`
    }
    case 'chain_broken':
      return `Seal ${finding.seal} does not follow from the seals before it.`
    case 'key_unknown':
      return `From seal ${finding.seal} on, an unknown key has signed: ${finding.key}. Only audit.key, ${rootsFile('.')} or --root can vouch for it.`
    case 'cut_off':
      return `The log ends with seal ${finding.last}, and seal ${finding.seal} was posted on ${finding.at}: its end was cut off.`
    case 'rewritten':
      return `Seal ${finding.seal} is not the one that was posted on ${finding.at}: the log up to there was written anew.`
    case 'root_unknown':
      return `No seal has the root ${finding.hash}: the log was cut off or written anew.`
    case 'root_unreadable':
      return `Line ${finding.line} of ${rootsFile('.')} cannot be read.`
    case 'unsealed':
      return `${number(finding.rows)} rows have waited for a seal up to ${span(finding.seconds)}: until a worker of the shop runs, nothing protects them.`
    case 'receipt_invalid':
      return `The receipt's entry ${finding.id} is not in the log as the receipt has it (seal ${finding.seal}).`
  }
}

main().catch((error: unknown) => {
  if (error instanceof Error && 'code' in error && error.code === '42P01')
    console.error('This database has no sealed audit log yet: start this version of the shop once.')
  else
    console.error(
      error instanceof Error && (error instanceof KeytillError || 'code' in error)
        ? error.message
        : 'The log could not be verified because of a mistake in this command.',
    )
  process.exitCode = 2
})
