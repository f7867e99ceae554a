export const outages = {
  /** `minutes` is about how long nothing was heard */
  wasAway: (minutes: number) =>
    `刚才${minutes > 0 ? `断线了大约 ${minutes} 分钟` : '断线了一会儿'}，您这段时间发的消息我们可能没有收到。如果没得到回复，请再发一次；订单和付款不受影响。`,
}
