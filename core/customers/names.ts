/** The longest name that is kept, in characters. */
const MOST = 100

/** What changes how other words on a line are read: controls of direction, line breaks, and all that is not to be seen. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]+/gu
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

/**
 * A person's name on one line, as it is kept and shown to staff: people choose it themselves, and some choose it to look like
 * something else. Undefined when there is nothing to be seen of it.
 */
export function shownName(given: string | undefined): string | undefined {
  const name = (given ?? '').replace(UNSEEN, ' ').replace(/\s+/g, ' ').trim()
  return VISIBLE.test(name) ? [...name].slice(0, MOST).join('').trim() : undefined
}
