const STARS = '****'
/** One character at either end for every so many: what shows is never more than a third. */
const CHARACTERS_PER_END = 6
const MOST_PER_END = 2

/**
 * What a chat may show of a key before its buyer asks for it: `12****89`. At most two characters (code points) at either
 * end, never more than a third of them, and always four stars, so that the length is not told; under 12 characters one
 * at either end shows, under 6 none. Of a link, the host shows whole and what comes after it is masked:
 * `https://example.com/ab****yz`.
 */
export function mask(text: string): string {
  const visible = text.replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}]/gu, '').trim()
  const link = splitLink(visible)
  return link === undefined ? maskPlain(visible) : `${link.origin}/${maskPlain(link.rest)}`
}

function maskPlain(text: string): string {
  const characters = Array.from(text)
  const shown = Math.min(MOST_PER_END, Math.floor(characters.length / CHARACTERS_PER_END))
  const tail = characters.slice(characters.length - shown)
  return `${characters.slice(0, shown).join('')}${STARS}${tail.join('')}`
}

/** Undefined when there is nothing behind the host: then the secret may be the host itself. */
function splitLink(text: string): { origin: string; rest: string } | undefined {
  if (!/^https?:\/\/\S+$/i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  // Not `href`: a user name and password in the link stand before the host.
  const rest = `${url.pathname}${url.search}${url.hash}`.slice(1)
  return rest === '' ? undefined : { origin: url.origin, rest }
}
