export const news = {
  news: {
    off: '🔕 不再接收（/stop）',
    on: '🔔 重新接收',
    isOff: '好的，以后不再给您发活动消息和评价邀请。订单、发货和客服的消息照常。想恢复请发送 /subscribe。',
    isOn: '好的，以后会给您发店铺的活动消息。不想再收请发送 /stop。',
    /** typed as they are, they mean the same as /stop */
    words: ['退订', 'td', '不再接收'] as readonly string[],
    look: (product: string) => `👉 ${product}`,
    gone: '活动已经结束，看看别的商品吧。',
  },
}
