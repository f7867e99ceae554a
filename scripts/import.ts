/**
 * `npm run import -- <file> --sku X [--dry-run]`: imports a file of keys from a shell, while the shop runs or not.
 * The file is read as a stream: memory does not grow with it.
 */
import { createReadStream, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { ImportReport } from '../core/inventory/model.ts'
import { KeytillError } from '../core/platform/errors.ts'
import { createLog } from '../core/platform/log.ts'
import { readSettings } from '../core/platform/settings.ts'
import { createShop } from '../core/shop.ts'
import { command, progressLine } from './command.ts'

const USAGE = `usage: npm run import -- <file> --sku SKU [--dry-run]

  columns   key[,password][,expires][,cost], by comma, tab or ----; a heading may name them in another order
  --dry-run say what would be imported, and change nothing`

await command('import', async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { sku: { type: 'string' }, 'dry-run': { type: 'boolean' }, help: { type: 'boolean' } },
  })
  const [file, ...more] = positionals
  if (values.help || !file || !values.sku || more.length > 0) {
    console.log(USAGE)
    return values.help ? 0 : 2
  }
  const size = sizeOf(file)
  const settings = readSettings(process.env)
  const shop = await createShop(settings, { log: createLog(settings.LOG_LEVEL) })
  const line = progressLine()
  try {
    const product = await shop.catalog.product(values.sku, 'en')
    if (!product)
      throw new KeytillError(
        'product.unknown',
        `There is no product ${values.sku}. Add it in the chat: /product add ${values.sku} | name | price`,
      )
    const stream = createReadStream(file, { highWaterMark: 256 * 1024 })
    const progress = (report: ImportReport) => line.show(() => bar(report, size, stream.bytesRead))
    const started = performance.now()
    const report = values['dry-run']
      ? await shop.inventory.preview(product, stream, progress)
      : await shop.inventory.import('operator', product, 'shell', stream, progress)
    line.clear()
    console.log(summary(report, values['dry-run'] === true, performance.now() - started))
    return 0
  } catch (error) {
    line.clear()
    if (!(error instanceof KeytillError))
      console.error('What was added so far stays, and importing the file again skips it.')
    throw error
  } finally {
    await shop.close()
  }
})

function sizeOf(file: string): number {
  try {
    const found = statSync(file)
    if (found.isFile()) return found.size
  } catch {
    // the same sentence as for a folder
  }
  throw new KeytillError('import.no_file', `There is no file ${file}.`)
}

/** How far it has come: a bar, and what was found so far. */
function bar({ added, duplicates, malformed }: ImportReport, size: number, read: number): string {
  const share = size === 0 ? 1 : Math.min(1, read / size)
  const full = Math.round(share * 30)
  const found = `${added} new, ${duplicates} duplicate, ${malformed} malformed`
  return `[${'█'.repeat(full)}${'░'.repeat(30 - full)}] ${Math.round(share * 100)} %  ${found}`
}

function summary(report: ImportReport, dry: boolean, ms: number): string {
  const { added, duplicates, malformed, duplicateLines, malformedLines } = report
  const lines = [
    `${dry ? 'Would import' : 'Imported'} ${added} keys in ${(ms / 1000).toFixed(1)} s (${duplicates} duplicate, ${malformed} malformed).`,
  ]
  if (duplicates > 0)
    lines.push(`  duplicate lines: ${duplicateLines.join(', ')}${duplicates > duplicateLines.length ? ' …' : ''}`)
  if (malformed > 0)
    lines.push(
      `  malformed lines: ${malformedLines.map(({ line, problem }) => `${line} (${problem.replaceAll('_', ' ')})`).join(', ')}${malformed > malformedLines.length ? ' …' : ''}`,
    )
  return lines.join('\n')
}
