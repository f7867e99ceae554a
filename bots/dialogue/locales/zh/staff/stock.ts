export const stock = {
  stockTitle: '库存',
  stockProduct: (name: string, sku: string) => `${name}（${sku}）`,
  stockCounts: (available: number, reserved: number, sold: number) =>
    `可售 ${available} · 预占 ${reserved} · 售出 ${sold}`,
  stockFrozen: (count: number) => `冻结 ${count}`,
  stockExpiring: (count: number) => `7 天内到期 ${count}`,
  stockExpired: (count: number) => `过期 ${count}`,
  unknownSku: (sku: string) => `没有编号为 ${sku} 的商品。`,
}
