import type { FastifyRequest } from 'fastify'
import { type Language, languageOf } from '../../core/customers/model.ts'

/** The first of the reader's languages that the shop speaks, as their browser ranks them. */
export function languageFor({ headers }: FastifyRequest): Language {
  const ranked = (headers['accept-language'] ?? '')
    .split(',')
    .map((part) => {
      const [tag = '', quality] = part.trim().split(/ *; *q=/)
      return { tag, quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ tag, quality }) => quality > 0 && /^(zh|en)\b/i.test(tag))
    .sort((a, b) => b.quality - a.quality)
  return languageOf(ranked[0]?.tag)
}
