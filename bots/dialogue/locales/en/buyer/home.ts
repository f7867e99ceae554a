import type { home as Zh } from '../../zh/buyer/home.ts'

export const home: typeof Zh = {
  welcome: (shop) => `Welcome to ${shop}!`,
  homeHint:
    'Pick a product: the key arrives here the moment you have paid. You can also just type what you are looking for.',
  closed: (text) => `The shop is closed: ${text}`,
  demoShop: 'This is a demo shop: products and payments are pretend.',
  shop: '🛍 Shop',
  myOrders: '📦 My orders',
  basket: (units) => (units > 0 ? `🛒 Basket (${units})` : '🛒 Basket'),
  help: '❔ Help',
  support: '💬 Support',
  changeLanguage: '🌐 语言',
  /** what a platform lists when a person types a slash */
  commandMenu: {
    shop: 'Browse the shop',
    orders: 'My orders',
    wallet: 'Wallet',
    help: 'What I can do',
    support: 'Talk to us',
    tickets: 'My tickets',
    paysupport: 'Payment problems',
    language: 'Language · 语言',
    terms: 'Terms of sale',
    privacy: 'My personal data',
    cancel: 'Drop what I am doing',
  },
  helpTitle: 'What I can do',
  helpLines: [
    '/shop to browse; or just type a product name',
    '/orders your orders: see keys again, pay, cancel',
    '/order NUMBER one order, /receipt NUMBER proof of its delivery',
    '/wallet what is in your wallet, and how it came',
    '/support talk to us, /paysupport for payments, /tickets what we talked about',
    '/appeal when your account is blocked',
    '/rate and an order number: say how it was',
    '/stop ends the shop’s promotions and requests for feedback, /subscribe brings them back',
    '/cancel drop what you are doing',
    '/language change the language',
    '/terms terms of sale',
    '/privacy what we keep of you and for how long; get or delete your data',
  ],
  helpFlow:
    'How to buy: product → quantity → pay → your keys arrive → tap “Show keys”. You can see them again under “My orders” at any time.',
  chooseLanguage: '请选择语言 · Choose a language',
  languageSet: 'English it is.',
  termsTitle: 'Terms of sale',
  termsDefault:
    'Digital goods are delivered at once. If a key does not work, write to support within 24 hours: we check it and replace or refund it.',
  nothingToCancel: 'There is nothing to cancel.',
  cancelled: 'Dropped.',
}
