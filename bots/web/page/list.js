// @ts-check
/** The conversation on the page: what stands where, and where the reader is. */

import { get, icon, make } from './dom.js'
import { draw } from './draw.js'
import { dayWords, words } from './words.js'

/** @typedef {import('../message.ts').WireMessage} Message */
/** @typedef {import('./draw.js').Acts} Acts */
/** @typedef {(message: Message) => Acts} ActsOf */

/** Nearer to the end than this, in px, the reader is taken to be reading along. */
const NEAR = 90
/** Dots that nobody ever takes away go by themselves, as on the server. */
const TYPING_MS = 30_000

const scroll = get('scroll')
const log = get('log')
const dots = get('dots')
const chip = get('chip')
log.ariaLabel = words.log
chip.onclick = () => toEnd('smooth')

/** A revision below 0 is not the server's: it is on its way, or did not get through. @type {Map<string, { item: HTMLElement, rev: number, epoch: string }>} */
const shown = new Map()
/** Which memory of the server's the messages come from; those of an earlier one stay as they are. */
let epoch = ''
/** @type {ReturnType<typeof setTimeout> | undefined} */
let noDots
let following = true
let lastTop = 0
let unread = 0

const distance = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight
scroll.addEventListener('scroll', () => {
  // Only scrolling back is leaving: on the way to the end one is still far from it.
  following = distance() < NEAR || (following && scroll.scrollTop >= lastTop)
  lastTop = scroll.scrollTop
  if (following) unread = 0
  showChip()
})
// A picture has arrived, the keyboard has come up, the composer has grown: whoever was at the end stays there.
const keepEnd = () => following && toEnd('instant')
new ResizeObserver(keepEnd).observe(scroll)
new ResizeObserver(keepEnd).observe(log)

/** @param {ScrollBehavior} behavior */
function toEnd(behavior) {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
  scroll.scrollTo({ top: scroll.scrollHeight, behavior: calm ? 'instant' : behavior })
}

function showChip() {
  chip.hidden = following || distance() < NEAR * 2
  const label = chip.querySelector('span')
  if (label) label.textContent = unread > 0 ? words.newMessages : ''
  chip.ariaLabel = unread > 0 ? words.newMessages : words.toEnd
  chip.classList.toggle('unread', unread > 0)
}

export const isEmpty = () => shown.size === 0

/**
 * Brings the page in line with the whole conversation as the server has it.
 * @param {string} from the memory it comes from
 * @param {readonly Message[]} messages
 * @param {ActsOf} actsOf
 */
export function replace(from, messages, actsOf) {
  const fresh = shown.size === 0
  log.ariaBusy = 'true'
  epoch = from
  const ids = new Set(messages.map(({ id }) => id))
  for (const [id, entry] of shown) if (entry.rev >= 0 && entry.epoch === epoch && !ids.has(id)) remove(id)
  for (const message of messages) place(message, actsOf)
  log.ariaBusy = 'false'
  if (fresh) toEnd('instant')
}

/**
 * Shows a message the server tells of: a new one at the end, a known one in its place.
 * @param {Message} message
 * @param {ActsOf} actsOf
 */
export function put(message, actsOf) {
  const isNew = !shown.has(message.id)
  const follow = following || message.from === 'me'
  place(message, actsOf)
  if (message.from === 'shop') typing(false)
  if (!isNew) return
  if (follow) toEnd(document.hidden ? 'instant' : 'smooth')
  else unread++
  following = follow
  showChip()
}

/** @param {Message} message @param {ActsOf} actsOf */
function place(message, actsOf) {
  const before = shown.get(message.id)
  // A key that the server no longer has may still stand here: the same revision is left alone.
  if (before && before.epoch === epoch && before.rev === message.rev) return
  const item = before?.item ?? make('li')
  item.className = `message ${message.from}${before ? '' : ' arriving'}`
  item.dataset.at = message.at
  draw(item, message, actsOf(message))
  shown.set(message.id, { item, rev: message.rev, epoch })
  if (!before) log.append(item)
  markDay(item)
}

/**
 * Shows the person's own words before the server has them.
 * @param {Message} message
 * @param {ActsOf} actsOf
 */
export function sending(message, actsOf) {
  put({ ...message, rev: -1 }, actsOf)
  shown.get(message.id)?.item.classList.add('sending')
}

/**
 * Says under the person's own words that they did not get through.
 * @param {Message} message
 * @param {ActsOf} actsOf
 * @param {() => void} again
 */
export function failed(message, actsOf, again) {
  put({ ...message, rev: -2 }, actsOf)
  const item = shown.get(message.id)?.item
  item?.classList.add('failed')
  item?.append(make('button', { type: 'button', className: 'again', onclick: again }, icon('retry'), words.notSent))
  if (following) toEnd('smooth')
}

/** @param {string} id */
export function remove(id) {
  const item = shown.get(id)?.item
  const next = item?.nextElementSibling
  shown.delete(id)
  item?.remove()
  if (next instanceof HTMLElement) markDay(next)
}

/** @param {boolean} on */
export function typing(on) {
  dots.hidden = !on
  clearTimeout(noDots)
  if (!on) return
  noDots = setTimeout(() => typing(false), TYPING_MS)
  if (following) toEnd('smooth')
}

/** Names the day above the first message of it. @param {HTMLElement} item */
function markDay(item) {
  /** @param {Element | null} element */
  const day = (element) =>
    element instanceof HTMLElement && element.dataset.at ? dayWords(new Date(element.dataset.at)) : ''
  const label = day(item)
  if (label && label !== day(item.previousElementSibling)) item.dataset.day = label
  else delete item.dataset.day
}
