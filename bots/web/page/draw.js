// @ts-check
/** Makes the nodes of one message. */

import { blobOf, copy, icon, isLink, make, save } from './dom.js'
import { toast } from './notice.js'
import { fetchFile } from './server.js'
import { sizeWords, timeWords, words } from './words.js'

/** @typedef {import('../message.ts').WireMessage} Message */
/** @typedef {import('../../dialogue/screen.ts').Button} Button */
/** @typedef {{ press: (action: string, button: HTMLElement) => void, say: (text: string) => void }} Acts */

/** How long a button says that it has copied, in ms. */
const COPIED_MS = 2000

/** A command, or an address, standing by itself in what the shop wrote. */
const TAPPABLE =
  /(?<![\w/:.])\/[a-z][a-z0-9_]{1,31}(?![\w/-]|\.\w)|https?:\/\/[^\s<>"'，。；：！？、（）]*[^\s<>"'，。；：！？、（）.,;:!?)]/g

/**
 * Draws `message` into `item`, keeping the picture's node when the picture is the same, so that nothing flickers.
 * @param {HTMLElement} item
 * @param {Message} message
 * @param {Acts} acts
 */
export function draw(item, message, acts) {
  const at = new Date(message.at)
  const time = make('time', { dateTime: message.at, title: at.toLocaleString() }, timeWords(at))
  const text = message.gone ? [words.gone] : message.text
  const tappable = message.from === 'shop'
  const bubble = make('div', { className: 'bubble' })
  const picture = message.picture && drawPicture(message.picture, item.querySelector('img'))
  if (picture) bubble.append(picture)
  if (message.file) bubble.append(drawFile(message.file))
  if (text.length > 0) {
    const spans = text.map((span) => drawSpan(span, tappable, acts))
    // The time stands in the last line where there is room for it.
    bubble.append(make('div', { className: message.gone ? 'text gone' : 'text' }, ...spans.flat(), time))
  } else bubble.append(time)
  const rows = (message.buttons ?? []).map((row) =>
    make('div', { className: 'row' }, ...row.map((button) => drawButton(button, acts))),
  )
  const hadFocus = item.contains(document.activeElement)
  item.replaceChildren(bubble, ...(rows.length > 0 ? [make('div', { className: 'rows' }, ...rows)] : []))
  if (hadFocus) item.querySelector('button')?.focus({ preventScroll: true })
}

/**
 * @param {import('../../dialogue/screen.ts').Span} span
 * @param {boolean} tappable
 * @param {Acts} acts
 * @returns {(Node | string)[]}
 */
function drawSpan(span, tappable, acts) {
  if (typeof span === 'string') return tappable ? drawTappable(span, acts) : [span]
  if ('link' in span) return [isLink(span.link) ? anchor(span.link, span.text) : span.text]
  if (span.style === 'bold') return [make('strong', {}, ...(tappable ? drawTappable(span.text, acts) : [span.text]))]
  if (span.style === 'italic') return [make('em', {}, span.text)]
  if (span.style === 'code') return [make('code', {}, span.text)]
  return [drawSpoiler(span.text)]
}

/** @param {string} text @param {Acts} acts */
function drawTappable(text, acts) {
  /** @type {(Node | string)[]} */
  const nodes = []
  let end = 0
  for (const { 0: found, index } of text.matchAll(TAPPABLE)) {
    nodes.push(text.slice(end, index))
    if (found.startsWith('/')) {
      nodes.push(make('button', { type: 'button', className: 'command', onclick: () => acts.say(found) }, found))
    } else nodes.push(anchor(found, found))
    end = index + found.length
  }
  return [...nodes, text.slice(end)]
}

/** @param {string} href @param {(Node | string)[]} children */
const anchor = (href, ...children) => make('a', { href, target: '_blank', rel: 'noopener noreferrer' }, ...children)

/** Covered until it is tapped, also from a reading voice and from selecting. @param {string} text */
function drawSpoiler(text) {
  const inner = make('span', { ariaHidden: 'true' }, text)
  // Not a button element: those do not wrap with the lines around them.
  const spoiler = make('span', { className: 'spoiler' }, inner)
  cover(spoiler, () => {
    spoiler.className = 'spoiler shown'
    inner.ariaHidden = null
  })
  return spoiler
}

/** @param {HTMLElement} element @param {() => void} uncover */
function cover(element, uncover) {
  element.role = 'button'
  element.tabIndex = 0
  element.ariaLabel = words.hidden
  const show = () => {
    element.removeAttribute('role')
    element.removeAttribute('tabindex')
    element.ariaLabel = null
    uncover()
  }
  element.onclick = show
  element.onkeydown = (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return
    event.preventDefault()
    show()
  }
}

/** @param {Button} button @param {Acts} acts */
function drawButton(button, acts) {
  if ('url' in button) {
    if (!isLink(button.url)) return make('span', { className: 'b' }, button.label)
    const link = anchor(button.url, make('span', {}, button.label), icon('link'))
    link.className = 'b'
    return link
  }
  if ('copy' in button) return drawCopy(button.label, button.copy)
  const label = make('span', {}, button.label)
  const element = make('button', { type: 'button', className: `b ${button.style ?? ''}` }, label)
  element.onclick = () => acts.press(button.action, element)
  return element
}

/** @param {string} label @param {string} text */
function drawCopy(label, text) {
  const caption = make('span', {}, label)
  const element = make('button', { type: 'button', className: 'b copy' }, icon('copy'), caption)
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let back
  /** @param {boolean} copied */
  const show = (copied) => {
    element.classList.toggle('copied', copied)
    caption.textContent = copied ? words.copied : label
    element.firstElementChild?.replaceWith(icon(copied ? 'check' : 'copy'))
  }
  element.onclick = async () => {
    if (!(await copy(text))) return toast(words.notCopied)
    show(true)
    clearTimeout(back)
    back = setTimeout(() => show(false), COPIED_MS)
  }
  return element
}

/**
 * @param {NonNullable<Message['picture']>} picture
 * @param {HTMLImageElement | null} before
 */
function drawPicture(picture, before) {
  const source = 'src' in picture ? picture.src : picture.data
  if (before && before.dataset.source === source) return before
  const image = make('img', { className: 'picture', alt: words.picture, decoding: 'async' })
  if ('src' in picture) {
    image.dataset.source = picture.src
    image.src = picture.src
  } else {
    // What came inside the message holds a key.
    image.className = 'picture covered'
    cover(image, () => image.classList.remove('covered'))
    image.src = URL.createObjectURL(blobOf(picture))
    image.addEventListener('load', () => URL.revokeObjectURL(image.src), { once: true })
  }
  image.addEventListener('error', () => image.remove(), { once: true })
  return image
}

/** @param {import('../message.ts').WireFile} file */
function drawFile(file) {
  const label = make('span', {}, make('b', {}, file.name), make('small', {}, sizeWords(file.size)))
  const { id, data } = file
  if (id === undefined && data === undefined) return make('div', { className: 'file' }, icon('file'), label)
  const chip = make('button', { type: 'button', className: 'file', title: words.download }, icon('file'), label)
  chip.onclick = async () => {
    const blob = data === undefined ? await fetchFile(id ?? '') : blobOf({ mime: file.mime, data })
    if (blob) save(blob, file.name)
    else toast(words.noFile)
  }
  return chip
}
