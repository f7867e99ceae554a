// @ts-check
/** What the page on which an order is paid does: it asks for what is to be paid, has it paid, and shows how the order stands. */

/**
 * @typedef {{ invoke(name: string, parameters: object, told: (result: { err_msg: string }) => void): void, call(name: string): void }} Bridge
 * @typedef {{ state: string, bridge?: object, picture?: string }} Answer
 */

/** How often it is asked how the order stands, in ms. */
const LOOK = 2000
/** How long the app may take to lend its bridge, in ms. */
const BRIDGE_WITHIN = 5000

const here = location.pathname.replace(/\/+$/, '')
const form = document.body.dataset.form
const pay = document.querySelector('#pay')

/** @returns {Bridge | undefined} */
const bridge = () => /** @type {{ WeixinJSBridge?: Bridge }} */ (/** @type {unknown} */ (window)).WeixinJSBridge

/** @param {string} attribute @param {string | undefined} value */
function only(attribute, value) {
  for (const part of document.querySelectorAll(`[data-${attribute}]`))
    if (part instanceof HTMLElement) part.hidden = part.dataset[attribute] !== value
}
/** @param {string | undefined} what */
const say = (what) => only('say', what)

/** @param {boolean} isFree whether it can be pressed */
function free(isFree) {
  if (pay instanceof HTMLButtonElement) pay.disabled = !isFree
}

/** Shows that the order has come to an end; true when it has. @param {string} state */
function ended(state) {
  if (state !== 'paid' && state !== 'expired' && state !== 'cancelled') return false
  only('state', state)
  const close = document.querySelector('#close')
  if (close instanceof HTMLElement) close.hidden = !bridge()
  return true
}

/** @param {string} path @param {RequestInit} [options] @returns {Promise<Answer>} */
async function ask(path, options) {
  const answer = await fetch(`${here}/${path}`, options)
  return /** @type {Promise<Answer>} */ (answer.json())
}

/** The bridge, once the app lends it. @returns {Promise<Bridge | undefined>} */
const ready = () =>
  new Promise((resolve) => {
    const done = () => resolve(bridge())
    if (bridge()) return done()
    document.addEventListener('WeixinJSBridgeReady', done, { once: true })
    setTimeout(done, BRIDGE_WITHIN)
  })

async function begin() {
  free(false)
  say('paying')
  /** @type {Answer} */
  const { state, bridge: parameters, picture } = await ask('begin', { method: 'POST' }).catch(() => ({ state: 'busy' }))
  if (ended(state)) return
  if (parameters) return hand(parameters)
  say(picture ? undefined : 'busy')
  if (pay instanceof HTMLElement) pay.hidden = picture !== undefined
  free(true)
  if (picture) scan(picture)
}

/** @param {string} picture */
function scan(picture) {
  const code = document.querySelector('#code')
  const section = document.querySelector('#scan')
  if (code instanceof HTMLImageElement) code.src = picture
  if (section instanceof HTMLElement) section.hidden = false
}

/** @param {object} parameters */
async function hand(parameters) {
  const lent = await ready()
  if (!lent) return stopped('failed')
  lent.invoke('getBrandWCPayRequest', parameters, ({ err_msg }) => {
    // The shop hears of it from WeChat Pay itself: until then it is only said to be paid.
    if (err_msg === 'get_brand_wcpay_request:ok') say('confirming')
    else stopped(err_msg === 'get_brand_wcpay_request:cancel' ? 'stopped' : 'failed')
  })
}

/** @param {string} what */
function stopped(what) {
  say(what)
  free(true)
  if (pay instanceof HTMLElement && pay.dataset.again) pay.textContent = pay.dataset.again
}

async function look() {
  const { state } = await ask('state').catch(() => ({ state: 'busy' }))
  if (!ended(state)) setTimeout(look, LOOK)
}

document.querySelector('#close')?.addEventListener('click', () => bridge()?.call('closeWindow'))
if (form) {
  pay?.addEventListener('click', begin)
  if (form === 'code') begin()
  else if (pay instanceof HTMLElement) pay.hidden = false
  setTimeout(look, LOOK)
}
