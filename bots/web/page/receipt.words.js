// @ts-check
/** The words of the receipt page. */

const en = {
  title: 'Check a delivery receipt',
  intro:
    'A receipt proves when an order was placed and delivered. It is checked here, in your browser, and is sent nowhere: once this page has loaded you can even go offline.',
  drop: 'Drop the receipt here',
  choose: 'Choose the file',
  paste: 'or paste its text',
  outcome: {
    good: 'The receipt is whole and signed',
    unsigned: 'The receipt is consistent, but its signature was not checked',
    bad: 'This receipt is not genuine',
    unreadable: 'This is not a keytill receipt',
    impossible: 'Your browser cannot check this here',
  },
  about: {
    good: 'Who holds the key below signed exactly this, and cannot take it back. It is the shop’s if its other receipts carry it too.',
    unsigned:
      'This browser does not know the signature method (Ed25519). All hashes are right. To be sure, open this page in a current browser.',
    bad: 'Do not rely on it.',
    unreadable: 'Please take the file that the shop sent you, as it is.',
    impossible:
      'Browsers offer cryptography only on https addresses (or on the machine itself). Open this page by https.',
  },
  problem: {
    entry: 'An entry was changed: it is not what was sealed.',
    signature: 'A signature is wrong: something was changed, or somebody else made it.',
    posted: 'The way to the posted root is wrong.',
    order: 'The entries are not those of one delivered order.',
  },
  order: 'Order',
  placed: 'Placed',
  delivered: 'Delivered',
  total: 'Price',
  items: 'Items',
  sealed: 'Sealed',
  buyer: 'Buyer (pseudonym)',
  key: 'Key of the shop',
  keyHint: 'The same on every receipt of a shop.',
  root: 'Posted root',
  rootHint: 'The shop posted this outside its database. It covers the entries above: they cannot be exchanged since.',
  rootLater:
    'The entries are newer than the last posted root. The shop posts one a day; a receipt fetched later will show it.',
  rootNone: 'No root was posted yet. The shop posts one a day; a receipt fetched later will show it.',
  seal: (/** @type {string} */ number) => `seal ${number}`,
}

/** @type {typeof en} */
const zh = {
  title: '验证发货凭证',
  intro: '凭证证明一笔订单何时下单、何时发货。验证就在您的浏览器里完成，内容不会发送到任何地方：页面打开后断网也能用。',
  drop: '把凭证文件拖到这里',
  choose: '选择文件',
  paste: '或粘贴凭证内容',
  outcome: {
    good: '凭证完整，签名有效',
    unsigned: '凭证内容一致，但没有验证签名',
    bad: '凭证无效',
    unreadable: '这不是 keytill 的发货凭证',
    impossible: '浏览器在这里无法验证',
  },
  about: {
    good: '内容确由下面这个密钥的持有者签名，无法抵赖或更改。店铺的其他凭证若也是这个密钥，那就是店铺本身。',
    unsigned: '这个浏览器不支持所用的签名算法（Ed25519）。所有哈希都正确。要完全确认，请换用新版浏览器打开本页。',
    bad: '请不要相信它。',
    unreadable: '请使用店铺发给您的原文件，不要改动。',
    impossible: '浏览器只在 https 地址（或本机）上提供加密功能，请用 https 打开本页。',
  },
  problem: {
    entry: '有记录被改动：与封存时不一致。',
    signature: '签名不正确：内容被改动，或由他人伪造。',
    posted: '与公布的根之间的证明不正确。',
    order: '这些记录不属于同一笔已发货的订单。',
  },
  order: '订单',
  placed: '下单',
  delivered: '发货',
  total: '金额',
  items: '商品',
  sealed: '封存',
  buyer: '买家（代号）',
  key: '店铺的密钥',
  keyHint: '同一家店铺的凭证都是同一个密钥。',
  root: '已公布的根',
  rootHint: '店铺已把它公布在数据库之外，它涵盖上面的记录：此后无法调换。',
  rootLater: '这些记录比最近公布的根更新。店铺每天公布一次，之后重新获取的凭证会包含它。',
  rootNone: '还没有公布过根。店铺每天公布一次，之后重新获取的凭证会包含它。',
  seal: (number) => `第 ${number} 枚封印`,
}

const language = navigator.language || 'en'
export const isChinese = /^zh\b/i.test(language)
export const words = isChinese ? zh : en

const clock = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'long' })
/** @param {string} ms since 1970 */
export function timeWords(ms) {
  const at = new Date(Number(ms))
  return Number.isNaN(at.getTime()) ? ms : clock.format(at)
}

/** An amount in minor units. @param {number} amount @param {string} currency */
export function moneyWords(amount, currency) {
  try {
    const format = new Intl.NumberFormat(language, { style: 'currency', currency })
    return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
  } catch {
    return `${amount} ${currency}`
  }
}
