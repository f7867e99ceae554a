const stars = (count: number): string => '★'.repeat(count) + '☆'.repeat(5 - count)

export const rating = {
  rating: {
    button: '⭐ 评价',
    stars,
    /** from 1 star to 5 */
    names: ['很差', '不太好', '一般', '满意', '非常满意'] as readonly string[],
    title: (no: string) => `评价订单 ${no}`,
    ask: '这次购物怎么样？',
    asked: (no: string) => `您在订单 ${no} 买的东西用得怎么样？`,
    later: (no: string) => `以后也可以发送 /rate ${no} 来评价。`,
    yours: (count: number) => `您的评分：${stars(count)}`,
    words: (words: string) => `您说：${words}`,
    until: (time: string) => `${time} 前可以修改。`,
    closed: '评价已超过 7 天，不能再改。',
    notYet: '这笔订单现在不能评价：发货后才可以。',
    thanks: '谢谢您的评价！',
    sorry: '很抱歉没让您满意。点「卡密有问题？」，客服会马上跟进。',
    askWords: '想多说两句的话，请直接发送，最多 500 字；不想说就点下面。',
    skip: '不写了',
    tooLong: '太长了，请控制在 500 字以内。',
    noStars: '请先打分，再写评价。',
    askNo: '请写上要评价的订单号，例如 /rate K7MQ-4XD2；「我的订单」里也有评价按钮。',
  },
}
