/**
 * `npm run bench:crash-core -- [--seed 1] [--cycles 200] [--seconds 3] [--processes 2] [--redis]`: the shop's own services, in
 * several processes on one PostgreSQL (and one Redis), under load; processes and the server are killed, paused and started again. A bank and chats in
 * this process outlive all of that and hold the true books. After each cycle, once all is quiet, these and the database have
 * to agree to the last key and the last cent. Ends with 1, and keeps its folder, at the first cycle in which they do not.
 *
 * What is done follows the seed: orders, payments, files, what the bank and the chats do when they are asked, and which fault
 * strikes when. What does not: which of them meet in time, how far a cycle gets in its seconds, which process is asked, the
 * numbers of orders. What a kill loses is what the process or server had in memory: the machine's own cache of its disk is
 * not lost, as it would be with the power.
 */
import { rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { crash } from './crash-core/run.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    cycles: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '3' },
    processes: { type: 'string', default: '2' },
    redis: { type: 'boolean', default: false },
  },
})

const { problems, folder } = await crash({
  seed: Number(values.seed),
  cycles: Number(values.cycles),
  seconds: Number(values.seconds),
  processes: Number(values.processes),
  redis: values.redis,
  say: (line) => console.log(line),
})
if (problems.length > 0) {
  const more = problems.length > 40 ? `\n  and ${problems.length - 40} more` : ''
  console.error(
    `\nWRONG, see ${folder}:\n${problems
      .slice(0, 40)
      .map((problem) => `  ${problem}`)
      .join('\n')}${more}`,
  )
  process.exitCode = 1
} else await rm(folder, { recursive: true, force: true })
