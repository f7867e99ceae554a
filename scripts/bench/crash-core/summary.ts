import type { Checking } from './checks.ts'
import type { Fault } from './faults.ts'

interface Run {
  readonly checking: Checking
  readonly faults: readonly Fault[]
  readonly cycles: number
  readonly seed: number
  /** that it took */
  readonly seconds: number
}

/** What a run came to, for whoever reads it. */
export async function summary({ checking, faults, cycles, seed, seconds }: Run): Promise<string> {
  const { world, chats, window } = checking
  const { truth, bank, crew } = world
  const { deeds } = truth
  const tally = async (query: string) =>
    list(Object.fromEntries((await window.rows<{ name: string; n: number }>(query)).map(({ name, n }) => [name, n])))
  const struck: Record<string, number> = {}
  for (const fault of faults) struck[fault] = (struck[fault] ?? 0) + 1
  const news = [...chats.told].filter(([name]) => / (delivered|delayed|refunding|refunded|expired|sale) /.test(name))
  const twice = news.reduce((sum, [, times]) => sum + times - 1, 0)
  return `
seed ${seed}, ${cycles} cycles, ${seconds.toFixed(0)} s
faults    ${list(struck)}
processes ${crew.count.begun} begun (the slowest in ${(crew.count.slowest / 1000).toFixed(1)} s), ${crew.count.kills} killed, ${crew.count.failed} could not start while the server was away
orders    ${await tally(`SELECT state::text AS name, count(*)::int AS n FROM orders GROUP BY 1 ORDER BY 2 DESC`)}
          ${deeds.placedTwice} placed twice; refused: ${list(deeds.refused)}
          ${list(deeds.endings)}
payments  ${await tally(`SELECT rule AS name, count(*)::int AS n FROM payment WHERE provider <> 'wallet' GROUP BY 1 ORDER BY 2 DESC`)}; ${truth.fromWallet.size} from wallets
          ${await tally(`SELECT outcome::text AS name, count(*)::int AS n FROM payment GROUP BY 1 ORDER BY 2 DESC`)}
refunds   ${bank.returned.size}, ${bank.count.ofItself} of them of the bank's own accord; asked ${bank.count.asked} times, ${bank.count.again} after it was done
keys      ${truth.keys.size} imported in ${deeds.imports} files; ${await tally(`SELECT coalesce(m.kind::text, CASE WHEN s.card_id IS NOT NULL THEN 'free' WHEN o.state = 'awaiting_payment' THEN 'reserved' ELSE 'sold' END) AS name, count(*)::int AS n
  FROM card_key k LEFT JOIN card_mark m ON m.card_id = k.id LEFT JOIN stock s ON s.card_id = k.id LEFT JOIN order_unit u ON u.card_id = k.id LEFT JOIN order_line l ON l.id = u.line_id LEFT JOIN orders o ON o.id = l.order_id
  GROUP BY 1 ORDER BY 2 DESC`)}; ${truth.shown.size} shown
staff     ${deeds.reviews} reviews, ${deeds.marks} marks
messages  ${news.length} told, ${twice} twice
answers   ${deeds.again} times asked again`
}

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, n]) => `${n} ${name}`)
    .join(', ') || 'none'
