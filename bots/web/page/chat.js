// @ts-check
/** The chat page: what comes in goes to the list, what the person does goes to the server. */

import { compose } from './composer.js'
import { get, sleep } from './dom.js'
import * as list from './list.js'
import { alarm, toast } from './notice.js'
import { listen, newId, post } from './server.js'
import { errorWords, language, words } from './words.js'

/** @typedef {import('../message.ts').WireMessage} Message */
/** @typedef {import('./server.js').Content} Content */

/** How often an event is posted again before the person is asked. */
const TRIES = 4
/** A press that nobody answers frees its buttons after this many ms. */
const PRESS_MS = 15_000

document.documentElement.lang = language
for (const [id, label] of /** @type {const} */ ([
  ['home', words.home],
  ['leave', words.leave],
])) {
  get(id).ariaLabel = get(id).title = label
}

/** @param {string} name */
function nameShop(name) {
  document.title = name
  get('name').textContent = name
  get('avatar').textContent = [...name][0]?.toUpperCase() ?? ''
}
nameShop(words.shop)

let isOpen = false
let isTyping = false
let wasOpen = false
function showState() {
  const state = isOpen ? (isTyping ? 'typing' : 'online') : wasOpen ? 'reconnecting' : 'connecting'
  document.body.dataset.state = state
  if (get('state').textContent !== words[state]) get('state').textContent = words[state]
}
/** @param {boolean} on */
function showTyping(on) {
  isTyping = on
  list.typing(on)
  showState()
}
showState()

/**
 * Posts until it is taken in; the code of what stands against it otherwise.
 * @param {string} id
 * @param {Content} content
 * @returns {Promise<string | undefined>}
 */
async function deliver(id, content) {
  for (let tried = 1; ; tried++) {
    const { code, wait, final } = await post(id, content)
    if (code === undefined) return undefined
    if (final || tried === TRIES) return code
    await sleep((wait ?? 2 ** (tried - 1)) * 1000)
  }
}

/** What was typed goes out one after the other. @type {Promise<unknown>} */
let lane = Promise.resolve()

/** @param {Content} content @param {number} [size] */
function send(content, size = 0) {
  if (content.kind === 'press') return
  const id = newId()
  const text = content.kind === 'text' ? content.text : content.caption
  const file = content.kind === 'file' ? { file: { name: content.name, mime: content.mime, size } } : {}
  /** @type {Message} */
  const message = { id, rev: 0, from: 'me', at: new Date().toISOString(), text: text ? [text] : [], ...file }
  const go = async () => {
    const code = await deliver(id, content)
    if (code === undefined) return
    list.failed(message, actsOf, attempt)
    toast(errorWords(code))
  }
  const attempt = () => {
    list.sending(message, actsOf)
    if (content.kind === 'file') go()
    else lane = lane.then(go)
  }
  attempt()
}

/** What the page says by itself; no bubble is shown for it. @param {string} text */
async function sendQuietly(text) {
  const code = await deliver(newId(), { kind: 'text', text, quiet: true })
  if (code !== undefined) toast(errorWords(code))
}

/** Presses that wait for their answer. @type {Map<string, () => void>} */
const presses = new Map()
/** Toasts are for the page that pressed. @type {Set<string>} */
const pressed = new Set()

/** @param {string} messageId @param {string} action @param {HTMLElement} button */
async function press(messageId, action, button) {
  const rows = button.closest('.rows')
  if (!rows || rows.classList.contains('waiting')) return
  const id = newId()
  const free = () => {
    clearTimeout(late)
    presses.delete(id)
    rows.classList.remove('waiting')
    button.classList.remove('busy')
  }
  const late = setTimeout(free, PRESS_MS)
  rows.classList.add('waiting')
  button.classList.add('busy')
  presses.set(id, free)
  pressed.add(id)
  const code = await deliver(id, { kind: 'press', action, messageId })
  if (code === undefined) return
  free()
  toast(errorWords(code))
}

/** @param {Message} message */
const actsOf = (message) => ({
  /** @param {string} action @param {HTMLElement} button */
  press: (action, button) => press(message.id, action, button),
  /** @param {string} text */
  say: (text) => send({ kind: 'text', text }),
})

/** What the address asks for, once: it is taken out of the address bar. */
const address = new URL(location.href)
const inBubble = address.searchParams.has('bubble')
const product = address.searchParams.get('p')
const source = address.searchParams.get('src')
function takeClaim() {
  const claim = new URLSearchParams(location.hash.slice(1)).get('claim')
  address.hash = ''
  if (claim !== null) history.replaceState(null, '', address)
  return claim
}
let claim = takeClaim()
address.searchParams.delete('p')
address.searchParams.delete('src')
if (product !== null || source !== null) history.replaceState(null, '', address)
addEventListener('hashchange', () => {
  const late = takeClaim()
  if (late !== null) sendQuietly(`/claim ${late}`)
})

let isStarted = false
async function start() {
  if (isStarted) return
  isStarted = true
  const isName = (/** @type {string | null} */ name) => name !== null && /^[A-Za-z0-9_-]{1,60}$/.test(name)
  const wanted = [...(isName(product) ? [`p_${product}`] : []), ...(isName(source) ? [`src_${source}`] : [])].join('_')
  if (wanted || list.isEmpty()) await sendQuietly(`/start ${wanted}`.trim())
  if (claim !== null) await sendQuietly(`/claim ${claim}`)
  claim = null
}

/** Tells the bubble on the other site; it holds nothing, so anybody may hear it. @param {string} what */
const tellBubble = (what) => inBubble && window.parent.postMessage({ keytill: what }, '*')
get('leave').hidden = !inBubble
get('leave').onclick = () => tellBubble('close')
addEventListener('keydown', (event) => event.key === 'Escape' && tellBubble('close'))
get('home').onclick = () => sendQuietly('/start')
compose(send)

listen(
  {
    transcript: ({ name, epoch, messages, typing }) => {
      if (name) nameShop(name)
      for (const free of presses.values()) free()
      list.replace(epoch, messages, actsOf)
      showTyping(typing)
      start()
    },
    resumed: ({ typing }) => showTyping(typing),
    message: (message) => {
      list.put(message, actsOf)
      if (message.from === 'shop') tellBubble('message')
    },
    removed: ({ id }) => list.remove(id),
    typing: ({ typing }) => showTyping(typing),
    acknowledged: ({ id, toast: words }) => {
      presses.get(id)?.()
      if (!pressed.delete(id) || !words) return
      if (words.alert) alarm(words.text)
      else toast(words.text)
    },
  },
  (open) => {
    isOpen = open
    wasOpen ||= open
    showState()
  },
)
