import type { TrustLevel } from '../../../../../core/orders/quota.ts'
import type { QuotaField } from '../../../../../core/orders/quotas.ts'

/** A setting: what it is called, and what is asked for when it is to be changed. */
interface Field {
  readonly name: string
  readonly ask: string
}

const quotaFields: Record<QuotaField, Field> = {
  openOrders: { name: '未付款订单数', ask: '最多同时留几笔未付款的订单？1 到 1000000 的整数。' },
  openUnits: { name: '未付款件数', ask: '未付款的订单一共最多几件？1 到 1000000 的整数。' },
  productUnits: { name: '同一商品件数', ask: '未付款的订单里，同一商品最多几件？1 到 1000000 的整数。' },
  stockPercent: { name: '库存占比', ask: '最多占一件商品库存的百分之几？0 到 100 的整数。' },
  alwaysUnits: { name: '不看库存的件数', ask: '同一商品几件以内不看库存占比？0 到 1000000 的整数。' },
  minPaid: { name: '至少付过几单', ask: '至少付过几单才到这个等级？0 到 1000000 的整数。' },
  maxExpired: { name: '最多逾期几单', ask: '上次付款后最多有几单逾期没付？0 到 1000000 的整数。' },
}

export const quotas = {
  quotasTitle: '未付款额度',
  quotasHint: '买家不付款最多能占多少货。等级按付款和逾期的情况自动定，也可以在订单里指定。',
  levelNames: {
    restricted: '受限',
    new: '新买家',
    returning: '老买家',
    trusted: '可信',
  } as Readonly<Record<string, string>>,
  levelTitle: (name: string, level: string) => `${name}（${level}）`,
  levelLine: (
    level: Pick<TrustLevel, 'openOrders' | 'openUnits' | 'productUnits' | 'stockPercent' | 'alwaysUnits'>,
  ): string =>
    `：${level.openOrders} 单，${level.openUnits} 件（同一商品 ${level.productUnits} 件），库存的 ${level.stockPercent}% 或 ${level.alwaysUnits} 件`,
  levelOpen: (orders: number, units: number, productUnits: number) =>
    `未付款最多 ${orders} 单，共 ${units} 件，同一商品 ${productUnits} 件`,
  levelStock: (percent: number, units: number) => `最多占一件商品库存的 ${percent}%；${units} 件以内不看库存`,
  levelNeeds: (paid: number, expired: number) => `条件：至少付过 ${paid} 单，之后逾期没付的不超过 ${expired} 单`,
  levelLowest: '条件：达不到其他等级的买家',
  quotaFields,
  quotaSet: (level: string, field: string, value: string) => `${level}：${field}已改为 ${value}，对之后的订单生效。`,
  trustTitle: (no: string) => `订单 ${no} 的买家`,
  trustButton: (level: string) => `🤝 信任等级：${level}`,
  trustLevel: (level: string) => `信任等级：${level}（员工指定）`,
  trustLevelAuto: (level: string) => `信任等级：${level}（按数据）`,
  standing: (orders: number, units: number, paid: number, expired: number) =>
    `未付款 ${orders} 单（${units} 件），付过 ${paid} 单，之后逾期没付 ${expired} 单`,
  trustAsk: '这位买家算哪个等级？',
  trustAuto: '按数据',
  trustSet: (level: string) => `已指定这位买家的等级：${level}。`,
  trustSetAuto: '这位买家的等级恢复按数据。',
}
