import type { everywhere as Zh } from '../../zh/buyer/everywhere.ts'

export const everywhere: typeof Zh = {
  back: '‹ Back',
  home: 'Home',
  previousPage: '‹ Previous',
  nextPage: 'Next ›',
  page: (page, pages) => `Page ${page} of ${pages}`,
  cancel: 'Cancel',
  inPrivate: 'Please write to me in private: orders and keys are for your eyes only.',
  oldButton: 'That button is out of date. Here is what is current.',
  moreWaits: (count) =>
    `${count === 1 ? 'One more message waits' : `${count} more messages wait`}: this platform takes only a few at a time. Write anything to go on: your next message only brings the rest, and is not answered.`,
  onlyFetched: 'Your message has brought the above and was not read. Please send it again if you still need an answer.',
  newsWaits: (count) =>
    count === 1
      ? 'One more message waits: this platform takes only a few at a time. It comes with your next message, which is answered as usual.'
      : `${count} more messages wait: this platform takes only a few at a time. They come with your next messages, which are answered as usual.`,
  missed:
    'You wrote while we were away. To be safe, we do not act on old messages. Here is where things stand: what is still needed, please send again (files, keys and questions too).',
  menuExpired: 'That menu has expired. Please choose from this one.',
  unknownCommand: (name) => `There is no command /${name}. Send /help to see what I can do.`,
  fileUnwanted: 'I cannot read files. If you need help, send /support.',
  inLine: (ahead: number) =>
    ahead > 0 ? `You are in line: ${ahead} ${ahead === 1 ? 'order' : 'orders'} before yours …` : 'You are in line …',
  answerIn: (seconds: number) => `Got it. It is busy: the answer comes in about ${seconds} seconds.`,
  busy: 'We are busy right now. Please try again in a moment: no order and no payment is lost.',
  slower: 'Slower, please: your last messages were not read. Send them again in a few seconds.',
  somethingWaits: 'Something is waiting for you: write anything to receive it',
  moment: 'One moment, please: we have your message and answer as soon as we can.',
}
