import { z } from 'zod'

/** A rule as data: too many purchases or units by one buyer within a window hold the paid order. */
export const ruleSchema = z.object({
  kind: z.literal('velocity'),
  of: z.enum(['orders', 'units']),
  /** minutes */
  window: z.number().int().min(1).max(10_080),
  /** more than this many, the order at hand included */
  limit: z.number().int().min(1).max(1_000_000),
  outcome: z.literal('hold'),
})
export type RuleDefinition = z.infer<typeof ruleSchema>

export interface Rule {
  readonly name: string
  readonly version: number
  readonly enabled: boolean
  readonly definition: RuleDefinition
}

/** What ships: more than 5 orders or 200 units an hour. */
export const PRESETS: Readonly<Record<string, RuleDefinition>> = {
  'hourly-orders': { kind: 'velocity', of: 'orders', window: 60, limit: 5, outcome: 'hold' },
  'hourly-units': { kind: 'velocity', of: 'units', window: 60, limit: 200, outcome: 'hold' },
}

/** What one rule saw: `observed` orders or units in its window, the order at hand included. */
export interface Fact {
  readonly rule: Rule
  readonly observed: number
}
