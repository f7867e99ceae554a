import type { risk as Zh } from '../../zh/staff/risk.ts'

export const risk: typeof Zh = {
  riskTitle: 'Risk rules',
  riskHint: 'A paid order past a limit is held until staff approve or reject it.',
  ruleNames: {
    'hourly-orders': 'Orders of one buyer within an hour',
    'hourly-units': 'Units of one buyer within an hour',
  },
  ruleLine: (name, rule, state) => `${name} (${rule}): ${state}`,
  ruleLimit: (limit) => `limit ${limit}`,
  ruleOff: 'off',
  ruleAsk: 'Send the new limit, a whole number; off switches the rule off.',
  ruleSwitchOff: 'Switch it off',
  ruleSet: (name, state) => `${name}: ${state}, for payments from now on.`,
}
