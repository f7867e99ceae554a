import type { Figure, History, Kind, Stage, Verdict, Who } from '../../../../../core/risk/model.ts'

const figures: Record<Figure, string> = {
  age: '买家来店时间',
  paid: '买家之前付过的订单数',
  units: '本单件数',
  amount: '本单金额',
  unit_price: '每件单价',
}
const who: Record<Who, string> = {
  buyer: '同一买家',
  payer: '同一付款账户',
  phone: '同一手机号',
  group: '同一关联群组',
  ip: '同一 IP',
  device: '同一设备',
}
const history: Record<History, string> = {
  orders: '付款的订单数',
  units: '付款的件数',
  amount: '付款的金额',
  unpaid: '没有付款的订单数',
  returned: '没买到东西的付款数',
  refunds: '已退款的订单数',
  refund_share: '退款订单的占比',
  probes: '查询别人订单的次数',
  complaints: '反映不能用的订单数',
}
const kinds: Record<Kind, string> = { product: '商品', category: '分类', channel: '渠道' }
const stages: Record<Stage, string> = { order: '下单时，以下全部满足：', payment: '付款时，以下全部满足：' }
const verdicts: Record<Verdict, string> = {
  captcha: '先做验证码，再下单',
  contact: '先分享手机号，再下单',
  sms: '先通过短信验证，再下单',
  hold: '拦下，由员工放行或拒绝',
  deny: '不接这单',
}

export const risk = {
  riskTitle: '风控规则',
  riskHint:
    '点一条规则查看、修改或试算。新建：/risk set 名字 规则，例如\n/risk set fresh-bulk order if age < 1d and units > 5 and unit_price < 5 then challenge captcha\n先试算：/risk try 规则。',
  ruleNames: {
    'hourly-orders': '买家一小时内的订单数',
    'hourly-most': '买家一小时内订单特别多',
    'hourly-units': '买家一小时内的件数',
    'payer-orders': '付款账户一小时内的订单数',
    'group-orders': '关联账号一天内的订单数',
    'ip-orders': 'IP 一小时内的订单数',
    'device-orders': '设备一小时内的订单数',
    'fresh-bulk': '新买家大量买低价商品',
    'first-large': '首单金额过大',
    'fresh-amount': '新买家一周内金额过大',
    'unpaid-orders': '反复下单不付款',
    'unpaid-new': '从未付款还反复下单',
    'card-tests': '多单未付后才付款',
    'key-probes': '打听别人的订单',
    'key-complaints': '反复反映卡密不能用',
    'many-refunds': '反复退款',
    'blocked-order': '黑名单（下单）',
    'blocked-payment': '黑名单（付款）',
  } as Readonly<Record<string, string>>,
  ruleLine: (state: string, name: string) => `${state} · ${name}`,
  ruleTitle: (name: string, rule: string) => (name === rule ? rule : `${name}（${rule}）`),
  ruleVersion: (version: number, at: string) => `第 ${version} 版，${at}`,
  ruleOn: '开启',
  ruleLimit: (limit: number | string) => `上限 ${limit}`,
  ruleOff: '关闭',
  ruleThen: (then: string) => `→ ${then}`,
  ruleSet: (name: string, state: string) => `${name}：${state}。从现在起生效。`,
  ruleAsk: (condition: string, now: string) =>
    `${condition}\n现在是 ${now}。请发送新的数值；时间可以写成 90m、2h、7d。`,
  ruleChange: (condition: string) => `✏️ ${condition}`,
  ruleSwitchOff: '关闭规则',
  ruleSwitchOn: '开启规则',
  ruleUndo: '↩️ 恢复上一版',
  ruleTry: '🔍 用最近 14 天试算',
  rulesButton: '全部规则',
  ruleStages: stages,
  verdicts,
  factNames: { figures, who, history, kinds },
  factHistory: (of: string, within: string, what: string) => `${of} ${within}内${what}`,
  factBuyers: (of: string) => `${of}的买家数`,
  factBlocked: '在黑名单上',
  blockKinds: {
    customer: '买家',
    account: '聊天账号',
    payer: '付款账户',
    phone: '手机号',
    ip: 'IP',
    device: '设备',
  } as Readonly<Record<string, string>>,
  more: (value: string) => `超过 ${value}`,
  less: (value: string) => `不到 ${value}`,
  oneOf: (names: string) => `属于 ${names}`,
  conditionOf: (fact: string, bound: string) => `${fact}${bound}`,
  conditionSeen: (fact: string, seen: string, bound: string) => `${fact}：${seen}（${bound}）`,
  duration: { m: (n: number) => `${n} 分钟`, h: (n: number) => `${n} 小时`, d: (n: number) => `${n} 天` },
  trying: (orders: number) => `正在试算，已看 ${orders} 单……`,
  tryTitle: '试算结果',
  tryResult: (verdict: 'challenge' | 'hold' | 'deny', struck: number, orders: number, days: number) =>
    `最近 ${days} 天的 ${orders} 单里，${{ challenge: '要先验证的', hold: '会被拦下的', deny: '不会接的' }[verdict]}有 ${struck} 单。`,
  tryLater: (refunded: number, disputed: number) =>
    `其中 ${refunded} 单后来退款，${disputed} 单有争议（买家反映或付款方收回）。`,
  tryPartly: '订单太多，只看了最近的这些天。',
  tryUsage: '请写上要试算的规则，例如：/risk try payment if orders by buyer in 1h > 3 then hold',
  ruleProblem: (expected: string, found: string | undefined) =>
    found === undefined ? `规则没写完，这里要写${expected}。` : `「${found}」这里看不懂，要写${expected}。`,
  ruleExpected: {
    time: '时间，例如 60、2h 或 7d',
    sum: '金额，例如 9.90',
    number: '整数',
    name: '名字；有空格时加引号',
    end: '到此结束',
  } as Readonly<Record<string, string>>,
  ruleTooMuch: '一条规则最多 8 个条件，数值不超过 100000000，时间窗不超过 365 天，名单不超过 20 个。',
  ruleNeedsPayer: '付款账户在付款时才知道：请用 payment if 开头，或换一种统计对象。',
}
