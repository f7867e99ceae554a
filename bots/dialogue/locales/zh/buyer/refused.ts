export const refused = {
  refused: {
    sold_out: (name: string, available: number) =>
      available > 0 ? `「${name}」只剩 ${available} 件，请减少数量。` : `「${name}」刚刚售罄，没有扣款。`,
    off_shelf: '有商品已下架，请重新选择。',
    unknown_product: '有商品已不存在，请重新选择。',
    over_limit: (name: string, limit: number) => `「${name}」每单最多 ${limit} 件。`,
    price_changed: '价格刚刚变了，请确认新的价格。',
    mixed_demo: '演示商品和正式商品不能一起下单。',
    too_expensive: '这单金额太大，请分几单购买。',
    empty: '购物车是空的。',
    busy: '现在下单的人太多，这单还没有下成，也没有扣款。请过几秒再按一次。',
    over_quota: (left: number, open: number, name: string | undefined) =>
      `${name === undefined ? '' : `${name}：`}${open > 0 ? `您已有 ${open} 件还没付款，` : ''}付款前最多还能预留 ${left} 件。请减少数量，或先付款再下单。`,
    too_many_open: (limit: number) => `您有 ${limit} 笔订单还没付款，请先付款或取消。`,
    challenge: '这单下单前需要核实您是真人买家。请点「联系客服」，核实后再下一次就可以；现在没有扣款。',
    denied: '这单我们无法接受，没有扣款。如有疑问，请发送 /support 联系客服。',
    closed: (text: string) => `店铺暂停营业：${text}`,
  },
}
