// @ts-check
/** Making and finding elements. Text only ever becomes a text node: nothing here takes markup. */

/**
 * An element with these properties and children.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Partial<HTMLElementTagNameMap[T]>} [properties]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

/** The element of index.html with this id. @param {string} id @returns {HTMLElement} */
export function get(id) {
  const element = document.getElementById(id)
  if (!element) throw new Error(`The page has no element ${id}`)
  return element
}

/** One of the icons in index.html. @param {string} name */
export function icon(name) {
  const namespace = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(namespace, 'svg')
  const use = document.createElementNS(namespace, 'use')
  use.setAttribute('href', `#i-${name}`)
  svg.setAttribute('aria-hidden', 'true')
  svg.append(use)
  return svg
}

const LINKS = ['https:', 'http:', 'mailto:', 'tel:', 'tg:', 'weixin:', 'alipays:']

/** Whether this address only opens something and cannot run in the page. @param {string} url */
export function isLink(url) {
  return URL.canParse(url) && LINKS.includes(new URL(url).protocol)
}

/** @param {string} text @returns {Promise<boolean>} whether it is on the clipboard now */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Not on https, or a frame without the permission: the old way still works there.
    const area = make('textarea', { value: text, className: 'sprite', readOnly: true })
    const focused = document.activeElement
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true })
    return done
  }
}

/** Lets the person save these bytes. @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const href = URL.createObjectURL(blob)
  make('a', { href, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(href), 60_000)
}

/** @param {import('../message.ts').Inline} inline */
export function blobOf({ mime, data }) {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
  return new Blob([bytes], { type: mime })
}

/** @param {number} ms @returns {Promise<void>} */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
