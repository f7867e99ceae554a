import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { STAFF_CHANNELS } from './channels/all.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** how many things a conversation has asserted: what it expected, and what it waited to see */
    checks?: number
  }
}

/**
 * Prints what every channel has been through: a line for each conversation, and for each channel how many things were asserted in
 * it there (`✗` where it failed, `·` where it is not held). For `npm run conformance`.
 */
export default class Conformance implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const channels = STAFF_CHANNELS.map(({ name }) => name)
    const lines = new Map<string, Map<string, Cell>>()
    for (const module of modules)
      for (const test of module.children.allTests()) {
        const held = conversationOf(test, channels)
        if (!held) continue
        const cells = lines.get(held.line) ?? new Map<string, Cell>()
        const { checks, passed } = cells.get(held.channel) ?? { checks: 0, passed: true }
        cells.set(held.channel, {
          checks: checks + (test.meta().checks ?? 0),
          passed: passed && test.result().state === 'passed',
        })
        lines.set(held.line, cells)
      }
    console.log(table(channels, lines).join('\n'))
  }
}

interface Cell {
  readonly checks: number
  readonly passed: boolean
}

/** The conversation that a test holds, by its names, and the channel it is held on. */
function conversationOf(test: TestCase, channels: readonly string[]): { line: string; channel: string } | undefined {
  if (test.parent.type !== 'suite' || test.result().state === 'skipped') return undefined
  const [, topic, channel = ''] = /^(.*?),? on '?([^']+?)'?(?:, in .+)?$/.exec(test.parent.name) ?? []
  if (!channels.includes(channel)) return undefined
  return { line: `${topic}: ${test.name.replace(/, in (zh|en)$/, '')}`, channel }
}

function table(channels: readonly string[], lines: ReadonlyMap<string, ReadonlyMap<string, Cell>>): string[] {
  const widths = channels.map((name) => Math.max(name.length, 6))
  const row = (cells: readonly string[], title: string) =>
    `${cells.map((cell, index) => cell.padStart(widths[index] ?? 0)).join('  ')}  ${title}`
  const total = (name: string) => [...lines.values()].reduce((sum, cells) => sum + (cells.get(name)?.checks ?? 0), 0)
  const failed = [...lines.values()].flatMap((cells) => [...cells.values()]).filter(({ passed }) => !passed).length
  return [
    row(channels, ''),
    ...[...lines]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([title, cells]) =>
        row(
          channels.map((name) => {
            const cell = cells.get(name)
            return cell === undefined ? '·' : cell.passed ? String(cell.checks) : '✗'
          }),
          title,
        ),
      ),
    row(
      channels.map((name) => String(total(name))),
      `assertions in ${lines.size} conversations; ${failed} failed`,
    ),
  ]
}
