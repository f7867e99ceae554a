const average = (of: number): string => of.toFixed(1)

export const feedback = {
  feedback: {
    button: '⭐ 评价',
    all: '全部商品',
    title: (total: number) => `买家评价（${total}）`,
    titleOf: (name: string, total: number) => `${name} 的评价（${total}）`,
    none: '还没有评价。',
    figures: (count: number, of: number) => `评价：${count} 条，平均 ${average(of)} 星`,
    lowFirst: '低分在前，同分的新的在前。',
    line: (stars: string, title: string, no: string, time: string) => `${stars} ${title} · ${no} · ${time}`,
    words: (words: string) => `「${words}」`,
    filter: '按商品看',
    choose: () => '看哪件商品的评价？',
    batches: '按批次看',
    batchesTitle: (name: string) => `${name}：各批次的评价，差的在前`,
    batch: (id: number, time: string, count: number, of: number) =>
      `批次 ${id}（${time} 导入）：${count} 条，平均 ${average(of)} 星`,
  },
}
