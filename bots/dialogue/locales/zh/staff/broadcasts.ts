import type { Condition } from '../../../../../core/marketing/model.ts'
import type { MailingState } from '../../../../../core/marketing/states.ts'

const states: Record<MailingState, string> = {
  draft: '草稿',
  scheduled: '等待定时发送',
  sending: '发送中',
  paused: '已暂停',
  stopped: '已停止',
  done: '已发完',
}

/** A condition: what its button says, what it comes to, and what is asked for. */
interface Words {
  readonly name: string
  readonly is: (value: string) => string
  readonly ask: string
}

const conditions: Record<Condition, Words> = {
  product: { name: '买过某商品', is: (name) => `买过 ${name}`, ask: '请发送商品编号，例如 STEAM50。' },
  category: { name: '买过某分类', is: (name) => `买过「${name}」分类的商品`, ask: '选一个分类，或发送分类名。' },
  boughtWithin: { name: '最近买过', is: (days) => `最近 ${days} 天内买过`, ask: '最近几天内买过？1 到 3650 的整数。' },
  notBoughtFor: {
    name: '很久没买',
    is: (days) => `买过，但最近 ${days} 天没买`,
    ask: '买过、但最近几天没买？1 到 3650 的整数。',
  },
  language: { name: '语言', is: (name) => `语言：${name}`, ask: '选一种语言。' },
  channel: { name: '渠道', is: (name) => `渠道：${name}`, ask: '选一个渠道。' },
  source: {
    name: '来源',
    is: (name) => `来源：${name}`,
    ask: '请发送来源名，例如 xiaohongshu；/source 列出所有来源。',
  },
  spent: { name: '累计消费', is: (amount) => `累计消费满 ${amount}`, ask: '累计消费至少多少？例如 100。' },
}

export const broadcasts = {
  broadcasts: {
    button: '📣 群发',
    listTitle: '群发',
    listNone: '还没有群发过。',
    listLine: (id: number, state: string, text: string) => `${id} · ${state} · ${text}`,
    write: '✏️ 写一条群发',
    askText: (most: number) => `请发送群发的内容，最多 ${most} 字。也可以发一张图片，说明文字写 /broadcast 加内容。`,
    title: (id: number, state: string) => `群发 ${id} · ${state}`,
    states,
    picture: (has: string) => `图片：${has}`,
    leadsTo: (product: string) => `按钮：${product}`,
    whom: (segment: string) => `人群：${segment}`,
    everyone: '所有人',
    also: '，并且',
    conditions,
    reach: (count: number) => `现在符合、会收到的：${count} 人`,
    reachNot: (quiet: number, gone: number, barred: number) =>
      `符合但不发的：已退订 ${quiet} 人，联系不上 ${gone} 人，受限 ${barred} 人`,
    change: {
      text: '✏️ 内容',
      picture: '🖼 图片',
      product: '🛍 商品按钮',
      whom: '👥 人群',
    },
    askPicture: '请发一张图片（JPEG、PNG 或 WebP，不超过 5 MB）；发送 - 去掉图片。',
    askProduct: '按钮打开哪件商品？请发送商品编号；发送 - 不要按钮。',
    noSuchProduct: '没有这个编号的商品。',
    chooseWhom: '给谁发？每选一项，人群就再缩小一些。',
    anyone: '不限',
    noSuchValue: '没有这个值，或者不合适。',
    look: '👁 预览',
    lookNote: '买家看到的就是下面这条：',
    send: '📨 发送',
    schedule: '🕗 定时',
    askWhen: (now: string) =>
      `什么时候发？例如 20:00，或 2026-12-31 20:00（店铺时间，现在是 ${now}）。最多提前 90 天。`,
    badTime: '这个时间看不懂、已经过了，或超过 90 天。',
    confirm: (count: number) => `确定现在发给 ${count} 人？发出去的撤不回来。`,
    confirmNobody: '现在没有人会收到：换个人群再发。',
    quietNow: (time: string) => `现在是免打扰时段，${time} 开始发。`,
    yes: '确定发送',
    drop: '🗑 删除草稿',
    dropped: '草稿已删除。',
    sendAt: (time: string) => `将于 ${time} 发送`,
    back: '改回草稿',
    isDraft: '已改回草稿，不会发送。',
    finding: '正在找出收件人…',
    progress: (sent: number, waiting: number) => `已发 ${sent} 人，等待 ${waiting} 人`,
    progressNot: (failed: number, gone: number, quiet: number, barred: number) =>
      `没发：失败 ${failed}，已拉黑或退出 ${gone}，退订 ${quiet}，受限 ${barred}`,
    unsure: (count: number) => `不确定是否送达（程序中断，不会重发）：${count} 人`,
    left: (count: number) => `停止时还没发的：${count} 人，不会再发`,
    results: '效果（发出后 7 天内）',
    opened: (count: number) => `点开商品：${count} 人`,
    bought: (buyers: number, orders: number, sums: string) =>
      `下单付款：${buyers} 人，${orders} 单${sums === '' ? '' : `，${sums}`}`,
    pause: '⏸ 暂停',
    resume: '▶️ 继续',
    stop: '⏹ 停止',
    stopAsk: (sent: number, waiting: number) =>
      `确定停止？还没发的 ${waiting} 人不会再收到，也不能重新开始；已经发出的 ${sent} 条撤不回来。`,
    stopYes: '确定停止',
    refresh: '🔄 刷新',
    all: '‹ 群发列表',
    unknown: '没有这条群发。',
    moved: '这条群发的状态刚刚变了，请看现在的情况。',
    problems: {
      'mailing.text': (most: number) => `内容要 1 到 ${most} 字。`,
      'mailing.keys': () => '这段文字里有店里的卡密，不能群发。请去掉再发。',
    },
  },
}
