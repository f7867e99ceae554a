export const outages = {
  channelAway: (channel: string, since: string) => `❗️ ${channel}连不上了（${since} 起）`,
  channelAwayHint:
    '现在收不到也发不出消息，程序会一直自动重连。请检查账号是否掉线、网关是否在运行。要发的通知会等连上后再发。',
  channelBack: (channel: string) => `✅ ${channel}已恢复`,
  channelGap: (since: string, until: string, times: number) =>
    times === 1 ? `${since} 到 ${until} 之间中断过。` : `${since} 到 ${until} 之间中断过 ${times} 次。`,
  channelGapHint:
    '这段时间里别人发来的消息可能没有收到，也无法补取。请在手机上看一眼聊天记录，有没回复的请买家再发一次。',
}
