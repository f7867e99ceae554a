import type { HourlyKind, Kind } from '../../../../../core/privacy/model.ts'

const kinds: Record<Kind | HourlyKind, (days: number) => string> = {
  inbox: (days) => `您发来的消息：加密存放，处理完立刻清空，编号留 ${days} 天以免重复处理`,
  deferred: (days) => `平台暂时不让发、等您再来时补发的消息：加密存放，最多 ${days} 天`,
  sessions: (days) => `聊到哪一步（购物车、菜单）：最后一次聊天后 ${days} 天`,
  messages: (days) => `我们发的消息的编号（用来更新消息）：${days} 天`,
  tickets: (days) => `和客服的对话：加密存放，${days} 天`,
  feedback: (days) => `评价里写的话：加密存放，${days} 天；星级和订单一起保留`,
  broadcasts: (days) => `收到过哪些群发、是否点开：${days} 天`,
  visits: (days) => `从哪个链接来的：${days} 天`,
  risk: (days) => `下单时的网络地址和浏览器（只存不可还原的编码）：${days} 天`,
  links: (days) => `一次性链接，以及打开它的浏览器的校验值：失效后 ${days} 天`,
  drafts: (days) => `员工上传、还没入库的卡密：加密存放，${days} 天`,
  claims: (days) => `员工认领码的校验值：失效后 ${days} 天`,
}

export const privacy = {
  privacy: {
    title: '您的个人数据',
    intro: '我们只保留卖货和售后需要的东西，到期自动删除。卡密和对话都加密存放；订单和账目按记账的要求长期保留。',
    kept: '📋 保留什么、多久',
    profile: '名字、语言和聊天账号：直到您要求删除',
    kinds,
    orders: '订单、付款和退款：按记账的要求长期保留；删除个人数据后只剩一个代号',
    keys: '卡密：加密存放，每次查看都有记录',
    audit: '操作日志：长期保留，里面只有代号，没有名字和账号',
    marketing: (isOn: boolean): string =>
      isOn ? '活动消息和评价邀请：接收（/stop 关闭）' : '活动消息和评价邀请：不接收（/subscribe 打开）',
    export: '📄 导出我的数据',
    erase: '🗑 删除我的数据',
    exported: '这是我们保留的关于您的全部数据。卡密不在里面：请在「我的订单」里看。金额是最小货币单位（例如分）。',
    exportAbout:
      '这是店铺保留的关于您的全部数据。卡密不包含在内，文字里引用的卡密已打码。金额是最小货币单位。时间是 UTC。',
    eraseTitle: '删除个人数据',
    eraseWhat: [
      '会删除：名字、语言、聊天账号、聊天状态、客服对话、评价里写的话、一次性链接、来源和群发记录。',
      '会保留：订单、付款和账目，只挂在一个代号下；操作日志。',
      '删除后：看不到以前的订单和卡密，也不能再退款、补发。请先保存好卡密。再来时您就是新客人。',
      '这个聊天窗口里已有的消息由聊天软件保存，请您自己删除。',
    ],
    goOn: '继续删除',
    sure: '最后确认一次：删除后无法恢复。',
    eraseYes: '确认，全部删除',
    keep: '不删了',
    notErased: '好的，没有删除任何东西。',
    erased: '您的个人数据已删除。再发消息就会作为新客人接待您。',
    hindered: '现在还不能删除：',
    hindrances: {
      order: (no: string) => `订单 ${no} 还没有结束：请先付款或取消，或等它（和它的售后）完成。`,
      money: (no: string | undefined) =>
        `${no === undefined ? '有一笔钱' : `订单 ${no} 有一笔钱`}还没有退完或处理完：请等退款完成，急的话联系客服。`,
      wallet: (sums: string) => `钱包里还有 ${sums}：请先花掉，或联系客服退回。`,
      staff: () => '这是员工账号：请先请店主取消员工身份。',
    },
  },
}
