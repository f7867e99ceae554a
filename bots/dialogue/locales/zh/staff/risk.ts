export const risk = {
  riskTitle: '风控规则',
  riskHint: '超过上限的订单付款后会被拦下，由员工放行或拒绝。',
  ruleNames: {
    'hourly-orders': '一小时内同一买家的订单数',
    'hourly-units': '一小时内同一买家的件数',
  } as Readonly<Record<string, string>>,
  ruleLine: (name: string, rule: string, state: string) => `${name}（${rule}）：${state}`,
  ruleLimit: (limit: number) => `上限 ${limit}`,
  ruleOff: '关闭',
  ruleAsk: '请发送新的上限（整数）；发送 off 关闭。',
  ruleSwitchOff: '关闭这条规则',
  ruleSet: (name: string, state: string) => `${name}：${state}。对之后的付款生效。`,
}
