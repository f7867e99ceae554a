import type { HoldReason } from '../orders/model.ts'
import type { Fact } from './model.ts'

/** Why an order is held; empty when it is not. */
export function judge(facts: readonly Fact[]): HoldReason[] {
  return facts
    .filter(({ rule, observed }) => rule.enabled && observed > rule.definition.limit)
    .map(({ rule, observed }) => ({ rule: rule.name, version: rule.version, observed, limit: rule.definition.limit }))
}
