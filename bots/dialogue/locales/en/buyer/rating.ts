import type { rating as Zh } from '../../zh/buyer/rating.ts'

const stars = (count: number): string => '★'.repeat(count) + '☆'.repeat(5 - count)

export const rating: typeof Zh = {
  rating: {
    button: '⭐ Rate it',
    stars,
    names: ['very bad', 'not good', 'fair', 'good', 'very good'],
    title: (no) => `Your rating of order ${no}`,
    ask: 'How was it?',
    asked: (no) => `How did it go with order ${no}?`,
    later: (no) => `Or later, with /rate ${no}`,
    yours: (count) => `You gave: ${stars(count)}`,
    words: (words) => `You said: ${words}`,
    until: (time) => `You can change it until ${time}.`,
    closed: 'It was rated more than 7 days ago and can no longer be changed.',
    notYet: 'This order cannot be rated now: only one that was delivered can.',
    thanks: 'Thank you for your rating!',
    sorry: 'We are sorry that it was not good. Press “A key does not work?” and support will see to it at once.',
    askWords: 'If you like, say more: just send it, up to 500 characters. Or press below.',
    skip: 'Nothing more to say',
    tooLong: 'That is too long: up to 500 characters, please.',
    noStars: 'Choose the stars first, then say more.',
    askNo: 'Write the order number, for example /rate K7MQ-4XD2. My orders has a button for it as well.',
  },
}
