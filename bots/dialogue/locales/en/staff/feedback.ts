import type { feedback as Zh } from '../../zh/staff/feedback.ts'

const average = (of: number): string => of.toFixed(1)
const ratings = (count: number): string => `${count} ${count === 1 ? 'rating' : 'ratings'}`

export const feedback: typeof Zh = {
  feedback: {
    button: '⭐ Feedback',
    all: 'All products',
    title: (total) => `Feedback (${total})`,
    titleOf: (name, total) => `Feedback on ${name} (${total})`,
    none: 'No feedback yet.',
    figures: (count, of) => `Feedback: ${ratings(count)}, ${average(of)} stars on average`,
    lowFirst: 'The fewest stars first, then the newest.',
    line: (stars, title, no, time) => `${stars} ${title} · ${no} · ${time}`,
    words: (words) => `“${words}”`,
    filter: 'By product',
    choose: () => 'Feedback on which product?',
    batches: 'By batch',
    batchesTitle: (name) => `${name}: feedback by batch, the worst first`,
    batch: (id, time, count, of) => `Batch ${id} (imported ${time}): ${ratings(count)}, ${average(of)} stars`,
  },
}
