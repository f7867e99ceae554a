import type { Span } from '../../../../../core/sources/model.ts'

const spans: Record<Span, string> = { '7': '近 7 天', '30': '近 30 天', all: '全部' }

export const sources = {
  sources: {
    button: '🧭 来源',
    title: (span: string) => `来源 · ${span}`,
    spans,
    none: '还没有来源。在每个推广的地方放一个专属链接，就能看出买家从哪里来。',
    /** what is counted together because no source is called so */
    other: '其他',
    line: (visitors: number, buyers: number, orders: number, sums: string) =>
      `访客 ${visitors} 人，买家 ${buyers} 人，${orders} 单${sums === '' ? '' : `，${sums}`}`,
    hint: '订单算在下单前 7 天内最后点开的链接上。',
    add: '➕ 新来源',
    askName: '给新来源起个名字：小写字母、数字和 -，最多 24 个，例如 xiaohongshu。',
    badName: '名字只能用小写字母、数字和 -，以字母或数字开头，最多 24 个，也不能叫 other。',
    links: (name: string) => `来源 ${name} 的链接`,
    linksTo: (name: string, product: string) => `来源 ${name} 的链接 · ${product}`,
    linksButton: '🔗 链接',
    linksOf: (product: string) => `${product} 的链接`,
    counted: (sku: string) => `要分来源统计，发送 /source 名字 ${sku}。`,
    codeButton: (channel: string) => `▣ ${channel}二维码`,
    scan: '扫一扫就打开，也可以打印出来。永久有效。',
    noCode: '现在拿不到这个二维码，过一会儿再试。微信的二维码只有认证过的服务号才能生成；具体原因见日志。',
    link: (channel: string) => `${channel}：`,
    said: (channel: string) => `${channel}（在聊天里发送）：`,
    noDoors: '还没有渠道可以放链接：先设置 PUBLIC_URL 或接上聊天账号。',
    toProduct: (name: string) => `要直接打开某件商品，发送 /source ${name} 加商品编号。`,
    unknown: '没有这个来源。发送 /source add 名字 新建。',
    all: '‹ 所有来源',
  },
}
