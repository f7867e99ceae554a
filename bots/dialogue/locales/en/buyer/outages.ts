import type { outages as Zh } from '../../zh/buyer/outages.ts'

export const outages: typeof Zh = {
  wasAway: (minutes) =>
    `We were offline for ${minutes > 1 ? `about ${minutes} minutes` : 'a moment'}, and may not have got what you wrote. If you had no answer, please send it again. Orders and payments are safe.`,
}
