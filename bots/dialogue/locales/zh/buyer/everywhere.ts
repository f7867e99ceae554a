export const everywhere = {
  back: '‹ 返回',
  home: '首页',
  previousPage: '‹ 上一页',
  nextPage: '下一页 ›',
  page: (page: number, pages: number) => `第 ${page}/${pages} 页`,
  cancel: '取消',
  inPrivate: '请私聊我：订单和卡密只在私聊里说。',
  oldButton: '这个按钮已经过时，这是最新的内容。',
  moreWaits: (count: number) =>
    `还有 ${count} 条消息没发完（平台限制一次能发的条数）。回复任意内容继续接收：下一条回复只用来接收剩余消息，不会另作答复。`,
  onlyFetched: '您刚才发的内容只用来接收上面的消息，没有处理。还需要的话请再发一次。',
  newsWaits: (count: number) =>
    `还有 ${count} 条新消息等您查看（平台限制一次能发的条数）。您接下来发消息时会陆续收到，发送的内容照常处理。`,
  missed:
    '您留言时我们不在线。为稳妥起见，旧消息一律不再执行：请看现在的情况，还需要的请重新发送（文件、卡密和问题也请重发）。',
  menuExpired: '刚才的菜单已过期，请从这里重新选。',
  unknownCommand: (name: string) => `没有 /${name} 这个命令。发送 /help 查看能做什么。`,
  fileUnwanted: '我看不了文件。有问题请发送 /support。',
  inLine: (ahead: number) => (ahead > 0 ? `正在排队，前面还有 ${ahead} 单，请稍候…` : '正在排队，请稍候…'),
  answerIn: (seconds: number) => `收到。现在人很多，大约 ${seconds} 秒后回复您。`,
  busy: '系统正忙，请过一会儿再试。您的订单和付款都不会丢失。',
  slower: '太快了，请慢一点：刚才的消息没有处理，请过几秒再发。',
  somethingWaits: '有新消息等您查看，回复任意内容即可收到',
  moment: '请稍候：消息已收到，系统恢复后会马上回复您。',
}
