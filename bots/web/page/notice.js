// @ts-check
/** Short words over the chat. */

import { get } from './dom.js'
import { words } from './words.js'

const line = get('toast')
const dialog = /** @type {HTMLDialogElement} */ (get('alert'))
const button = dialog.querySelector('button')
if (button) button.textContent = words.ok

/** @type {ReturnType<typeof setTimeout> | undefined} */
let hide

/** Shows a line for as long as it takes to read it. @param {string} text */
export function toast(text) {
  line.textContent = text
  line.hidden = false
  clearTimeout(hide)
  hide = setTimeout(
    () => {
      line.hidden = true
    },
    2500 + text.length * 40,
  )
}

/** Shows words that have to be put away. @param {string} text */
export function alarm(text) {
  const paragraph = dialog.querySelector('p')
  if (paragraph) paragraph.textContent = text
  if (!dialog.open) dialog.showModal()
}
