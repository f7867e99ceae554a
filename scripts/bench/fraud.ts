/**
 * `npm run bench:fraud [-- --seed 1 --rules file --without name,name --json]`: two weeks of a shop with 5,000 honest and 300 hostile
 * buyers, on a database of its own, and what its risk rules did to either: the same for the same seed. A file of rules has one a
 * line, as `name: order if …`; each goes before the preset of its name. Seed 1 is for whoever tries other rules: how good they are
 * is told by another.
 */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Shop } from '../../core/shop.ts'
import { createAgenda } from './fraud/agenda.ts'
import { liveThrough } from './fraud/fortnight.ts'
import { hostilePeople } from './fraud/patterns.ts'
import { honestPeople } from './fraud/population.ts'
import { printReport, reportOf } from './fraud/report.ts'
import { OPERATOR, openWorld } from './fraud/shop.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    rules: { type: 'string' },
    without: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed)
const started = performance.now()
const tell = (text: string) =>
  console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${text}`)

const people = [...honestPeople(seed), ...hostilePeople(seed)]
tell(`${people.length} buyers; opening their shop`)
const agenda = createAgenda()
const world = await openWorld(agenda)
try {
  await setRules(world.shop)
  tell('the fortnight begins')
  const attempts = await liveThrough(seed, people, world, agenda, (day, count) => tell(`day ${day}: ${count} wishes`))
  const rules = (await world.shop.risk.rules()).filter(({ enabled }) => enabled).map(({ name }) => name)
  const report = reportOf(attempts, rules)
  tell('done')
  console.log(values.json ? JSON.stringify(report, null, 2) : printReport(report))
} finally {
  await world.close()
}

async function setRules({ risk }: Shop): Promise<void> {
  const lines = values.rules
    ? (await readFile(values.rules, 'utf8')).split('\n').filter((line) => line.trim() !== '')
    : []
  for (const line of lines) {
    const [, name = '', text = ''] = /^\s*([^:\s]+)\s*:(.*)$/.exec(line) ?? []
    await risk.set(OPERATOR, name, risk.read(text))
  }
  for (const name of values.without.split(',').filter(Boolean)) await risk.setLimit(OPERATOR, name, 'off')
}
