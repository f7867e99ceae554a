import type { Level } from '../../../../core/catalog/model.ts'
import type { OrderState } from '../../../../core/orders/states.ts'
import type { CheckoutProblem, PaymentOutcome, WalletProblem } from '../../../../core/payments/model.ts'
import type { WalletMove } from '../../../../core/wallet/model.ts'

const states: Record<OrderState, string> = {
  awaiting_payment: '待付款',
  paid: '已付款',
  held: '核实中',
  delivering: '发货中',
  delivered: '已发货',
  part_delivered: '部分发货',
  backordered: '补货中',
  refunding: '退款中',
  refunded: '已退款',
  expired: '已超时',
  cancelled: '已取消',
}

const levels: Record<Level, string> = { plenty: '有货', few: '少量', none: '售罄' }

const checkout: Record<CheckoutProblem, string> = {
  unknown_order: '没有这笔订单，请重新下单。',
  not_yours: '这是别人的订单，请自己下单。',
  already_paid: '这笔订单已经付过款，不用再付。',
  expired: '这笔订单已超时，未扣款。请重新下单。',
  cancelled: '这笔订单已取消，未扣款。请重新下单。',
  wrong_amount: '金额与订单不符，未扣款。请重新下单。',
  closed: '店铺暂停营业，未扣款。',
}

const fromWallet: Record<Exclude<WalletProblem, CheckoutProblem>, string> = {
  balance: '钱包余额不够付这笔订单，没有扣款。',
  no_stock: '商品刚刚没有了，没有扣款。请重新下单。',
  demo: '演示订单不能用钱包付款，没有扣款。',
}

/** `no` is the order that it is about, when it is one of ours. */
const ofOrder = (no: string | undefined): string => (no === undefined ? '' : `订单 ${no} `)

const moves: Record<WalletMove, (no: string | undefined) => string> = {
  returned: (no) => (no === undefined ? '没有对应商品的付款' : `订单 ${no} 的付款没有对应的商品`),
  excess: (no) => `${ofOrder(no)}多付的部分`,
  refunded: (no) => `${ofOrder(no)}退款`,
  paid: (no) => (no === undefined ? '付款' : `支付订单 ${no}`),
  taken_back: (no) => `${ofOrder(no)}付款已原路退回，从钱包扣除`,
}

const ofPayment = (no: string | undefined, amount: string): string =>
  `${no === undefined ? '您' : `订单 ${no} `}的一笔付款（${amount}）没有对应的商品，`

const payments: Record<PaymentOutcome, (no: string | undefined, amount: string) => string> = {
  received: (no, amount) => `${ofPayment(no, amount)}正在原路退回。`,
  refunding: (no, amount) => `${ofPayment(no, amount)}正在原路退回。`,
  refunded: (no, amount) => `↩️ ${ofPayment(no, amount)}已原路退回。`,
  credited: (no, amount) => `👛 ${ofPayment(no, amount)}已存入您的钱包，下次购物可以直接用。`,
  settled: (no, amount) => `👛 ${ofOrder(no)}多付了 ${amount}，已存入您的钱包，下次购物可以直接用。`,
}

export const buyer = {
  // ── 各处共用 ──
  back: '‹ 返回',
  home: '首页',
  previousPage: '‹ 上一页',
  nextPage: '下一页 ›',
  page: (page: number, pages: number) => `第 ${page}/${pages} 页`,
  cancel: '取消',
  inPrivate: '请私聊我：订单和卡密只在私聊里说。',
  oldButton: '这个按钮已经过时，这是最新的内容。',
  missed:
    '您留言时我们不在线。为稳妥起见，旧消息一律不再执行：请看现在的情况，还需要的请重新发送（文件、卡密和问题也请重发）。',
  menuExpired: '刚才的菜单已过期，请从这里重新选。',
  unknownCommand: (name: string) => `没有 /${name} 这个命令。发送 /help 查看能做什么。`,
  fileUnwanted: '我看不了文件。有问题请发送 /support。',
  inLine: (ahead: number) => (ahead > 0 ? `正在排队，前面还有 ${ahead} 单，请稍候…` : '正在排队，请稍候…'),
  answerIn: (seconds: number) => `收到。现在人很多，大约 ${seconds} 秒后回复您。`,
  busy: '系统正忙，请过一会儿再试。您的订单和付款都不会丢失。',
  moment: '请稍候：消息已收到，系统恢复后会马上回复您。',

  // ── 首页与帮助 ──
  welcome: (shop: string) => `欢迎光临 ${shop}！`,
  homeHint: '选一样商品，付款后卡密立刻发到这里。也可以直接输入商品名搜索。',
  closed: (text: string) => `店铺暂停营业：${text}`,
  demoShop: '这是演示店铺：商品和付款都是假的。',
  shop: '🛍 逛店铺',
  myOrders: '📦 我的订单',
  basket: (units: number) => (units > 0 ? `🛒 购物车（${units}）` : '🛒 购物车'),
  help: '❔ 帮助',
  support: '💬 联系客服',
  changeLanguage: '🌐 Language',
  /** what a platform lists when a person types a slash */
  commandMenu: {
    shop: '逛店铺',
    orders: '我的订单',
    wallet: '钱包',
    help: '帮助',
    support: '联系客服',
    paysupport: '付款问题',
    language: '切换语言 · Language',
    terms: '购买条款',
    cancel: '放弃正在做的事',
  },
  helpTitle: '我能帮您做什么',
  helpLines: [
    '/shop 逛店铺，直接输入商品名也能搜索',
    '/orders 我的订单：重看卡密、付款、取消',
    '/order 订单号 查一笔订单，/receipt 订单号 取发货凭证',
    '/wallet 钱包余额和明细',
    '/support 联系客服，/paysupport 付款问题',
    '/cancel 放弃正在做的事',
    '/language 切换语言',
    '/terms 购买条款',
  ],
  helpFlow: '怎么买：选商品 → 选数量 → 付款 → 收到卡密 → 点「查看卡密」。卡密可以随时在「我的订单」里再看。',
  chooseLanguage: '请选择语言 · Choose a language',
  languageSet: '好的，以后说中文。',
  termsTitle: '购买条款',
  termsDefault: '虚拟商品，发货即交付。卡密有问题请在 24 小时内联系客服，核实后补发或退款。',
  nothingToCancel: '没有正在进行的事。',
  cancelled: '好的，已放弃。',

  // ── 商品 ──
  categories: '请选择分类',
  allProducts: '全部商品',
  emptyShop: '店里还没有商品，请晚点再来。',
  noMatch: (text: string) => `没有找到“${text}”。换个词试试，或看看全部商品。`,
  noMatchUnsaid: '没有找到。换个词试试，或看看全部商品。',
  found: (text: string, total: number) => `“${text}”找到 ${total} 件商品`,
  levels,
  price: (price: string) => `价格：${price}`,
  stock: (level: string) => `库存：${level}`,
  notHere: '这件商品在这里买不了。',
  demoProduct: '演示商品：付款是假的，卡密也是假的。',
  redeem: '怎么兑换',
  validity: '有效期',
  productSupport: '售后',
  buy: '购买',
  soldOutButton: '售罄',
  unknownProduct: '没有这件商品，它可能已经下架。',
  howMany: (name: string, limit: number) => `要买几件「${name}」？（1–${limit}）`,
  howManyTyped: '请直接回复数量，回复 0 返回。',
  otherQuantity: '其他数量',
  typeQuantity: (limit: number) => `请输入 1 到 ${limit} 之间的整数。`,
  badQuantity: (limit: number) => `数量要是 1 到 ${limit} 之间的整数，例如 2。`,

  // ── 购物车 ──
  basketTitle: '购物车',
  basketEmpty: '购物车是空的。',
  line: (name: string, quantity: number, price: string) => `${name} × ${quantity}　${price}`,
  total: (price: string) => `合计：${price}`,
  reserveHint: (minutes: number) => `下单后为您保留 ${minutes} 分钟。`,
  checkout: (price: string) => `下单付款 · ${price}`,
  addMore: '继续选购',
  removeLine: (name: string) => `✕ ${name}`,
  emptyBasket: '清空',
  basketEmptied: '已清空。',
  lineGone: (name: string) => `「${name}」已下架，已从购物车移除。`,
  notPayableHere: '购物车里有在这里买不了的商品，请移除后再付款。',

  // ── 下单被拒 ──
  refused: {
    sold_out: (name: string, available: number) =>
      available > 0 ? `「${name}」只剩 ${available} 件，请减少数量。` : `「${name}」刚刚售罄，没有扣款。`,
    off_shelf: '有商品已下架，请重新选择。',
    unknown_product: '有商品已不存在，请重新选择。',
    over_limit: (name: string, limit: number) => `「${name}」每单最多 ${limit} 件。`,
    price_changed: '价格刚刚变了，请确认新的价格。',
    mixed_demo: '演示商品和正式商品不能一起下单。',
    too_expensive: '这单金额太大，请分几单购买。',
    empty: '购物车是空的。',
    busy: '现在下单的人太多，这单还没有下成，也没有扣款。请过几秒再按一次。',
    over_quota: (left: number, open: number, name: string | undefined) =>
      `${name === undefined ? '' : `${name}：`}${open > 0 ? `您已有 ${open} 件还没付款，` : ''}付款前最多还能预留 ${left} 件。请减少数量，或先付款再下单。`,
    too_many_open: (limit: number) => `您有 ${limit} 笔订单还没付款，请先付款或取消。`,
    closed: (text: string) => `店铺暂停营业：${text}`,
  },

  // ── 订单 ──
  orderTitle: (no: string) => `订单 ${no}`,
  states,
  orderState: (state: string) => `状态：${state}`,
  payWithin: (minutes: number, until: string) => `请在 ${minutes} 分钟内付款（${until} 前）。`,
  deadlinePassed: '付款时间已过，商品即将释放。',
  invoiceBelow: '点下面账单里的付款按钮。付款后卡密立刻发到这里。',
  sendInvoice: '重新发送账单',
  sandboxPay: '付款（演示，不收钱）',
  sandboxHint: '演示付款：不会收您的钱。',
  cancelOrder: '取消订单',
  cancelledOrder: '订单已取消，没有扣款。',
  cannotCancel: '这笔订单现在不能取消。',
  paidToast: '付款成功',
  paidNote: '已付款，正在发货。',
  placedAt: (time: string) => `下单：${time}`,
  paidAt: (time: string) => `付款：${time}`,
  deliveredAt: (time: string) => `发货：${time}`,
  paidWith: (amount: string) => `实付：${amount}`,
  revealedAt: (time: string, channel: string) => `查看过：${time}（${channel}）`,
  revealedMore: (more: number) => `……以及另外 ${more} 次`,
  channels: { telegram: 'Telegram', web: '网页', wechat: '微信', terminal: '终端', link: '一次性链接' } as Record<
    string,
    string
  >,
  neverRevealed: '还没有查看过卡密。',
  orderAgain: '再买一次',
  keyProblem: '卡密有问题？',
  refundedNote: '款项已退回原支付方式。',
  refundedToWallet: '款项已退到钱包，发送 /wallet 查看。',
  refundingNote: '正在退款，退回后会通知您。卡密已失效。',
  heldNote: (time: string) => `正在核实，最迟 ${time} 前给您结果：发货，或全额退款。`,
  expiredNote: '超时未付款，已释放。可以重新下单。',
  ordersTitle: '我的订单',
  noOrders: '您还没有订单。',
  orderLine: (no: string, title: string, units: number, state: string) =>
    `${no} · ${title}${units > 1 ? ` 等 ${units} 件` : ''} · ${state}`,
  orderUnknown: '没有找到这笔订单。请核对订单号，例如 K7MQ-4XD2；别人的订单看不了。',
  askOrderNo: '请发送订单号，例如 /order K7MQ-4XD2',
  invoiceTitle: (no: string) => `订单 ${no}`,
  invoiceDescription: (items: string) => `${items}。付款后卡密立刻发到聊天里。`,
  checkoutProblems: checkout,

  // ── 钱包 ──
  wallet: '👛 钱包',
  walletTitle: '钱包',
  walletBalance: (sums: string) => `余额：${sums}`,
  walletEmpty: '余额是空的。',
  walletHint: '退不回原支付方式的钱和多付的钱会存在这里。余额够付一整单时，订单里会出现「用钱包付款」。',
  walletLine: (time: string, sum: string, what: string) => `${time}　${sum}　${what}`,
  walletMoves: moves,
  comma: '、',
  payFromWallet: (price: string) => `👛 用钱包付款 · ${price}`,
  walletProblems: fromWallet,

  // ── 卡密 ──
  maskedTitle: '卡密（已遮挡）',
  moreKeys: (more: number) => `……另有 ${more} 个`,
  withheld: (keys: number) => `有 ${keys} 个卡密已停用，不能查看，请联系客服。`,
  reveal: '👁 查看卡密',
  revealAgain: '👁 再看一次',
  keysTitle: '您的卡密',
  keyNumber: '卡号',
  keyPassword: '密码',
  copyKey: (n: number, count: number) => (count > 1 ? `复制第 ${n} 个` : '复制卡密'),
  copyNumber: (n: number, count: number) => (count > 1 ? `复制第 ${n} 个卡号` : '复制卡号'),
  copyPassword: (n: number, count: number) => (count > 1 ? `复制第 ${n} 个密码` : '复制密码'),
  keepSafe: '请勿转发给他人：谁拿到卡密谁就能用。',
  asFile: (count: number) => `共 ${count} 个卡密，在文件里。请勿转发。`,
  hideKeys: '遮挡卡密',
  hideYourself: '上面已显示的卡密这里无法收回，请自行从聊天中删除。',
  qrCaption: (no: string, n: number, count: number) =>
    count > 1 ? `订单 ${no} · 第 ${n} 个，共 ${count} 个` : `订单 ${no} · 二维码`,
  noKeys: '这笔订单没有可以查看的卡密。',
  notYours: '这不是您的订单。',

  // ── 发货凭证 ──
  receipt: '🧾 发货凭证',
  receiptOf: (no: string) => `订单 ${no} 的发货凭证`,
  receiptWhat: '凭证证明这笔订单何时下单、何时发货，店铺事后无法更改。里面没有卡密，也没有您的姓名。',
  receiptWhere: (url: string) => `打开 ${url} 并放入这个文件即可验证，文件不会上传。`,
  receiptSoon: '凭证还在生成，请过几秒再试。',
  receiptNone: '发货之后才有凭证。',
  askReceiptNo: '请发送订单号，例如 /receipt K7MQ-4XD2',

  // ── 一次性链接 ──
  link: '🔗 一次性链接',
  linkTitle: (no: string) => `订单 ${no} 的一次性链接`,
  linkWhat:
    '不用登录，打开链接就能看到这笔订单的卡密，只能打开一次。可以换台设备看，也可以送给别人。被打开时会通知您。',
  linkUnopened: (made: string, until: string) => `${made} 生成的链接还没有被打开，${until} 前有效。`,
  linkOpened: (at: string) => `链接已于 ${at} 被打开，不能再打开。`,
  linkExpired: (at: string) => `链接已于 ${at} 过期，没有被打开过。`,
  linkRevoked: '链接已作废，没有被打开过。',
  linkReplaces: '链接只在生成时显示一次。生成新的，旧的立即作废。',
  linkMake: '生成链接',
  linkRemake: '换一个新链接',
  linkReady: '谁先打开，谁就看到卡密：请只发给要给的人。',
  linkNow: (until: string) => `链接以后不再显示，请现在复制。${until} 前有效。`,
  copyLink: '复制链接',
  linkRevoke: '作废链接',
  linkRevokedNow: '已作废，链接打不开了。',
  linkTooLate: '没有可以作废的链接：已被打开，或已失效。',
  linkNotYou: '如果打开的不是您，也不是您发给的人：请立即使用卡密，并联系客服。',
  linkPage: {
    title: '一次性链接',
    ready: (shop: string) => `来自 ${shop} 的卡密`,
    readyOnce: '卡密只显示一次，谁先打开谁看到。打开之后，这个链接就不能再打开。',
    readySave: (minutes: number) =>
      `请先准备好保存卡密的地方。打开后 ${minutes} 分钟内，只有这个浏览器还能再看；之后这里就没有了。`,
    readyUntil: '有效期至',
    open: '显示卡密',
    shown: '您的卡密',
    shownFor: (minutes: number) => `请现在保存：只有这个浏览器，${minutes} 分钟内还能再看。`,
    openedAt: '打开时间',
    opened: '这个链接已经打开过',
    openedAgain: '刚才就是在这个浏览器里打开的？',
    again: '再看一次',
    notYou: '不是您打开的？打开的人已经看到了卡密。',
    notYouBuyer: '如果是您买的：请在店铺的聊天里打开订单，立即使用卡密，并联系客服。',
    notYouGiven: '如果是别人发给您的：请马上告诉对方。',
    revoked: '这个链接已经作废',
    revokedWhy: '买家作废了它，或换了新的链接。请向发给您的人要新的。',
    expired: '这个链接已经过期',
    expiredWhy: '没有人打开过它。请向发给您的人要新的；如果是您买的，卡密仍在聊天里的订单中。',
    unknown: '没有这个链接',
    unknownWhy: '请检查是否完整复制。很久以前的链接也会这样显示。',
    withheld: '现在没有可以显示的卡密',
    withheldWhy: '订单已退款，或卡密已停用。请买家联系客服。',
    foreign: '没有打开',
    foreignWhy: '浏览器没有表明是从这个页面打开的。请重新载入页面再试，并允许 Cookie。',
    busy: '现在太忙',
    busyWhy: '请过一会儿再试，什么都不会丢失。',
    reload: '重新载入',
    localTime: '您的时间',
    copy: '复制',
    copied: '已复制',
    copyAll: '全部复制',
    save: '保存为文件',
  },

  // ── 主动通知 ──
  notices: {
    delivered: (no: string) => `✅ 订单 ${no} 已发货`,
    delayed: (no: string) => `⏳ 订单 ${no} 补发中`,
    refunding: (no: string) => `订单 ${no} 正在退款`,
    refunded: (no: string) => `↩️ 订单 ${no} 已退款`,
    expired: (no: string) => `订单 ${no} 超时未付款，已释放`,
    linkOpened: (no: string, at: string) => `🔗 订单 ${no} 的一次性链接已于 ${at} 被打开，卡密已显示`,
  },
  /** what became of a payment that bought nothing; of a settled one, of what was paid over the price */
  paymentNotices: payments,

  // ── 客服 ──
  askSupport: '请写下您的问题，我会转给客服。订单号写上会更快。',
  askPaySupport: '请写下付款遇到的问题和订单号，我会转给客服。',
  supportSent: (id: number) => `已转给客服（工单 ${id}）。回复会发到这里。`,
  supportTooLong: '太长了，请控制在 2000 字以内。',
  supportAnswer: (id: number) => `客服回复（工单 ${id}）`,
  supportReply: '继续回复',
  claimDone: '您现在是店主了。发送 /staff 打开管理菜单。',
  claimFailed: '这个认领码不对，或已经用过、过期。请看启动时打印的最新认领码。',
  claimUsage: '用法：/claim 认领码',

  problems: {
    'order.not_yours': () => '这不是您的订单。',
    'order.state': () => '订单状态刚刚变了，请重新打开订单。',
    'order.unknown': () => '没有找到这笔订单。',
    'order.keys_withheld': () => '这笔订单的卡密已停用，不能查看。请联系客服处理。',
    'chat.file_too_large': () => '文件太大，最多 20 MB。',
  } as Readonly<Record<string, (detail: string) => string>>,
}
