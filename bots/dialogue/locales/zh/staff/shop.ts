import type { ProfileField } from '../../../../../core/profile/model.ts'

/** A setting: what it is called, and what is asked for when it is to be changed. */
interface Field {
  readonly name: string
  readonly ask: string
}

const profileFields: Record<ProfileField, Field> = {
  name: { name: '店名', ask: '请发送店名，最多 60 字。' },
  'name.zh': { name: '店名（中文）', ask: '请发送中文店名，最多 60 字；发送 - 清空。' },
  'name.en': { name: '店名（英文）', ask: '请发送英文店名，最多 60 字；发送 - 清空。' },
  welcome: { name: '欢迎语', ask: '请发送欢迎语，最多 1000 字；发送 - 清空。' },
  'welcome.zh': { name: '欢迎语（中文）', ask: '请发送中文欢迎语，最多 1000 字；发送 - 清空。' },
  'welcome.en': { name: '欢迎语（英文）', ask: '请发送英文欢迎语，最多 1000 字；发送 - 清空。' },
  terms: { name: '购买条款', ask: '请发送购买条款，最多 3000 字；发送 - 清空。' },
  'terms.zh': { name: '购买条款（中文）', ask: '请发送中文购买条款，最多 3000 字；发送 - 清空。' },
  'terms.en': { name: '购买条款（英文）', ask: '请发送英文购买条款，最多 3000 字；发送 - 清空。' },
  closed: { name: '营业状态', ask: '暂停营业时对买家怎么说？例如“明早 9 点恢复”，最多 300 字；发送 off 恢复营业。' },
  reservation: { name: '未付款保留（分钟）', ask: '未付款的订单保留几分钟？1 到 1440 的整数。' },
  promise: { name: '核实时限（小时）', ask: '被拦下的订单最迟几小时内处理？1 到 168 的整数。' },
  overdue: {
    name: '超过核实时限',
    ask: '到了核实时限还没人处理怎么办？发送 leave（留着，再次提醒员工并告诉买家新的时间）、approve（放行）或 reject（退款）。',
  },
  link: { name: '一次性链接有效期（小时）', ask: '一次性链接几小时内可以打开？1 到 720 的整数。' },
  timezone: { name: '时区', ask: '店铺的时间比 UTC 快几小时？例如北京时间是 8。' },
  quiet: { name: '免打扰时段', ask: '几点到几点不发群发和评价邀请？例如 22-9（按店铺时区）；发送 off 关闭。' },
  feedback: { name: '邀请评价（小时）', ask: '买家第一次查看卡密几小时后邀请评价？0 到 720 的整数，0 表示不邀请。' },
}

export const shop = {
  profileTitle: '店铺设置',
  profileParts: { texts: '名称和文字', rules: '时间和期限' },
  profileFields,
  labelled: (name: string, value: string) => `${name}：${value}`,
  profileEmpty: '（空）',
  closeShop: '⏸ 暂停营业',
  openShop: '▶️ 恢复营业',
  shopIsOpen: '营业中',
  shopIsClosed: (text: string) => `暂停营业（${text}）`,
  shopOpened: '已恢复营业。',
  shopClosed: (text: string) => `已暂停营业，买家会看到：${text}`,
  profileSet: (name: string, value: string) => `${name}已更新为：${value}`,
  closedNeedsText: '请写上对买家说的话，例如：/shop set closed 明早 9 点恢复',
}
