// @ts-check
/** All that the page says to the server. */

import { language } from './words.js'

/** @typedef {import('../message.ts').Pushed} Pushed */
/** @typedef {{ [T in keyof Pushed]: (data: Pushed[T]) => void }} Received */
/**
 * @typedef {{ kind: 'text', text: string, quiet?: boolean }
 *   | { kind: 'press', action: string, messageId: string }
 *   | { kind: 'file', name: string, mime: string, caption: string, data: string }} Content
 */

const KEY = 'keytill'
/** The server says something every 20 s; after this long a silent stream is a dead one. */
const SILENCE_MS = 50_000
const MOST_WAIT_MS = 20_000

/** In a frame whose site may keep nothing, the token lives as long as the page does. */
let token = remembered() ?? ''

/** @returns {string | null} */
function remembered() {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

/** @type {Promise<void> | undefined} */
let renewing

async function renew() {
  const response = await fetch('chat/session', { method: 'POST' })
  if (!response.ok) throw new Error('no session')
  token = (await response.json()).token
  try {
    localStorage.setItem(KEY, token)
  } catch {
    // as above
  }
}

/** The header that says who we are; the first time, a token is asked for and kept. */
async function authorization() {
  if (!token) {
    renewing ??= renew().finally(() => {
      renewing = undefined
    })
    await renewing
  }
  return { authorization: `Bearer ${token}` }
}

/** A version 4 UUID; `crypto.randomUUID` is missing where the shop is tried over plain http. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const hex = [...bytes].map((byte, index) => {
    const value = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte
    return value.toString(16).padStart(2, '0')
  })
  return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/**
 * Posts an event under `id` once. `code` is absent when it was taken in; `wait` is in seconds; `final`: trying again
 * would not help.
 * @param {string} id
 * @param {Content} content
 * @returns {Promise<{ code?: string, wait?: number, final?: boolean }>}
 */
export async function post(id, content) {
  try {
    const headers = { ...(await authorization()), 'content-type': 'application/json' }
    const body = JSON.stringify({ id, language, ...content })
    const response = await fetch('chat/events', { method: 'POST', headers, body })
    if (response.ok) return {}
    const { code, retryAfter } = await response.json()
    return { code, wait: retryAfter, final: response.status < 500 && response.status !== 429 }
  } catch {
    return { code: 'offline' }
  }
}

/** @param {string} id @returns {Promise<Blob | undefined>} */
export async function fetchFile(id) {
  try {
    const response = await fetch(`chat/file/${id}`, { headers: await authorization() })
    return response.ok ? await response.blob() : undefined
  } catch {
    return undefined
  }
}

/**
 * Listens for as long as the page is open, coming back by itself. `open` is told whether the stream is.
 * @param {Received} received
 * @param {(open: boolean) => void} open
 */
export async function listen(received, open) {
  let lastId = ''
  let failures = 0
  let heardAt = 0
  let wake = () => {}
  let cut = () => {}
  const hurry = () => {
    if (document.hidden) return
    wake()
    // Back from sleep: the socket may be dead without anybody having said so.
    if (Date.now() - heardAt > SILENCE_MS / 2) cut()
  }
  addEventListener('online', hurry)
  addEventListener('offline', () => cut())
  document.addEventListener('visibilitychange', hurry)
  setInterval(() => Date.now() - heardAt > SILENCE_MS && cut(), 5000)

  for (;;) {
    const aborter = new AbortController()
    cut = () => aborter.abort()
    heardAt = Date.now()
    try {
      const headers = { ...(await authorization()), ...(lastId ? { 'last-event-id': lastId } : {}) }
      const response = await fetch('chat/stream', { headers, signal: aborter.signal, cache: 'no-store' })
      if (response.status === 401) token = ''
      if (!response.ok || !response.body) throw new Error('no stream')
      open(true)
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
      let rest = ''
      for (;;) {
        const { done, value } = await reader.read()
        if (done) break
        heardAt = Date.now()
        const blocks = (rest + value).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) lastId = take(block, received) ?? lastId
        failures = 0
      }
    } catch {
      // whatever it was, the answer is to come back
    }
    cut = () => {}
    open(false)
    const wait = Math.min(MOST_WAIT_MS, 500 * 2 ** failures++) * (0.75 + Math.random() / 2)
    await new Promise((resolve) => {
      wake = () => resolve(undefined)
      setTimeout(wake, wait)
    })
  }
}

/**
 * Reads one server-sent event; returns its id.
 * @param {string} block
 * @param {Received} received
 */
function take(block, received) {
  /** @param {string} field */
  const value = (field) => block.match(new RegExp(`^${field}: (.*)$`, 'm'))?.[1]
  const type = /** @type {keyof Pushed | undefined} */ (value('event'))
  const handler = type && /** @type {(data: unknown) => void} */ (received[type])
  if (handler) handler(JSON.parse(value('data') ?? 'null'))
  return value('id')
}
