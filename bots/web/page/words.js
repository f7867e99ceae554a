// @ts-check
/** The page's own words; what the shop says comes from the shop. */

const en = {
  shop: 'Shop',
  online: 'online',
  connecting: 'connecting…',
  reconnecting: 'reconnecting…',
  typing: 'typing…',
  home: 'Main menu',
  leave: 'Close the chat',
  log: 'Conversation',
  message: 'Message',
  attach: 'Attach a file',
  send: 'Send',
  discard: 'Remove this file',
  drop: 'Drop files here',
  newMessages: 'New messages',
  toEnd: 'To the newest message',
  copied: 'Copied',
  notCopied: 'Copying was refused here. Select the text by hand.',
  hidden: 'Hidden text, press to show',
  download: 'Download',
  gone: 'A key, a link to it or your data was shown here. It is not kept in the chat: see your keys any time in /orders',
  ok: 'OK',
  today: 'Today',
  yesterday: 'Yesterday',
  sending: 'sending',
  notSent: 'Not sent. Try again',
  tooLarge: 'is too large: 20 MB at most',
  noFile: 'This file is no longer here. Ask for it again.',
  picture: 'Picture',
  errors: {
    'web.bad_json': 'The message could not be read.',
    'web.bad_event': 'The message could not be read.',
    'web.no_session': 'This chat has ended. Reload the page.',
    'web.wrong_host': 'The chat cannot be used under this address.',
    'web.not_found': 'This is no longer here.',
    'web.too_large': 'That is too large.',
    'web.too_fast': 'That was a lot at once. Wait a moment.',
    'web.busy': 'Busy at the moment. Try again.',
    offline: 'No connection. Try again.',
  },
}

/** @type {typeof en} */
const zh = {
  shop: '商店',
  online: '在线',
  connecting: '连接中…',
  reconnecting: '正在重新连接…',
  typing: '正在输入…',
  home: '主菜单',
  leave: '关闭聊天',
  log: '对话',
  message: '输入消息',
  attach: '添加文件',
  send: '发送',
  discard: '移除此文件',
  drop: '将文件拖到这里',
  newMessages: '新消息',
  toEnd: '回到最新消息',
  copied: '已复制',
  notCopied: '此处无法复制，请手动选择文字。',
  hidden: '隐藏内容，点击显示',
  download: '下载',
  gone: '这里显示过卡密、链接或个人数据，聊天中不保留。卡密可随时在 /orders 再次查看',
  ok: '好',
  today: '今天',
  yesterday: '昨天',
  sending: '发送中',
  notSent: '未发送，点击重试',
  tooLarge: '太大，最多 20 MB',
  noFile: '文件已不在此处，请重新获取。',
  picture: '图片',
  errors: {
    'web.bad_json': '无法识别这条消息。',
    'web.bad_event': '无法识别这条消息。',
    'web.no_session': '会话已结束，请刷新页面。',
    'web.wrong_host': '不能通过此地址使用聊天。',
    'web.not_found': '内容已不在此处。',
    'web.too_large': '内容太大。',
    'web.too_fast': '操作太快，请稍等片刻。',
    'web.busy': '系统繁忙，请重试。',
    offline: '没有网络连接，请重试。',
  },
}

export const language = navigator.language || 'en'
export const words = /^zh\b/i.test(language) ? zh : en

/** The sentence for a coded error of the server. @param {string} code */
export const errorWords = (code) => /** @type {Record<string, string>} */ (words.errors)[code] ?? words.errors.offline

const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
/** @param {Date} at */
export const timeWords = (at) => clock.format(at)

/** "Today", "Yesterday", or the date. @param {Date} at */
export function dayWords(at) {
  const ago = Math.round((midnight(new Date()) - midnight(at)) / 86_400_000)
  if (ago === 0) return words.today
  if (ago === 1) return words.yesterday
  const year = at.getFullYear() === new Date().getFullYear() ? {} : { year: /** @type {const} */ ('numeric') }
  return new Intl.DateTimeFormat(language, { month: 'long', day: 'numeric', ...year }).format(at)
}

/** @param {Date} at */
const midnight = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime()

/** @param {number} bytes */
export function sizeWords(bytes) {
  if (bytes < 1000) return `${bytes} B`
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'kB'] : [bytes / 1_000_000, 'MB']
  return `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`
}
