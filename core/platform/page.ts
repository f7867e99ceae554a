/** One page of a list. Pages count from 0. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly page: number
  readonly pages: number
  readonly total: number
}

/** The page that was meant: within what there is. `pages` is at least 1. */
export function pageOf(
  total: number,
  size: number,
  wanted: number,
): { page: number; pages: number; skip: number; take: number } {
  const pages = Math.max(1, Math.ceil(total / size))
  const page = Math.min(Math.max(0, Number.isSafeInteger(wanted) ? wanted : 0), pages - 1)
  return { page, pages, skip: page * size, take: size }
}
