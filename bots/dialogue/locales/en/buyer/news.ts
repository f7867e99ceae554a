import type { news as Zh } from '../../zh/buyer/news.ts'

export const news: typeof Zh = {
  news: {
    off: '🔕 No more of these (/stop)',
    on: '🔔 Send them again',
    isOff:
      'Done: no more promotions and requests for feedback. News of your orders, keys and questions still comes. /subscribe brings them back.',
    isOn: 'Done: you will get the shop’s promotions. /stop ends them.',
    words: ['stop', 'unsubscribe'],
    look: (product) => `👉 ${product}`,
    gone: 'This offer has ended. Here is the rest of the shop.',
  },
}
