// @ts-check
import { get, make } from './dom.js'
import { check, hashOf } from './receipt.check.js'
import { isChinese, moneyWords, timeWords, words } from './receipt.words.js'

/** @typedef {import('./receipt.check.js').Verdict} Verdict */

const text = /** @type {HTMLTextAreaElement} */ (get('text'))
const file = /** @type {HTMLInputElement} */ (get('file'))
const drop = get('drop')
const result = get('result')

document.documentElement.lang = isChinese ? 'zh' : 'en'
document.title = words.title
get('title').textContent = words.title
get('intro').textContent = words.intro
get('drop-words').textContent = words.drop
get('choose-words').textContent = words.choose
text.placeholder = words.paste
text.setAttribute('aria-label', words.paste)

/** Only the newest counts when several are dropped in a row. */
let turn = 0

/** @param {string} receipt */
async function judge(receipt) {
  const mine = ++turn
  if (receipt.trim() === '') {
    result.hidden = true
    return
  }
  const verdict = await check(receipt)
  const drawn = await draw(verdict)
  if (mine !== turn) return
  result.replaceChildren(...drawn)
  result.dataset.outcome = verdict.outcome
  result.hidden = false
}

/** @param {Verdict} verdict */
async function draw({ outcome, problems, receipt, posted }) {
  const head = [make('h2', {}, words.outcome[outcome]), make('p', {}, words.about[outcome])]
  const wrong = problems.map((problem) => make('p', { className: 'problem' }, words.problem[problem]))
  if (!receipt || outcome === 'bad') return [...head, ...wrong]
  const list = make('dl')
  /** @param {string} name @param {string | undefined} value @param {string} [hint] @param {string} [className] */
  const add = (name, value, hint, className = '') => {
    if (value === undefined) return
    const small = hint ? [make('small', {}, hint)] : []
    list.append(make('dt', {}, name), make('dd', { className }, value, ...small))
  }
  /** @param {string} action */
  const find = (action) => receipt.entries.find(({ entry }) => entry.action === action)
  const [placed, delivered] = [find('order.placed'), find('order.delivered')]
  const what = dataOf(placed?.entry.data)
  add(words.order, receipt.order.replace(/^(.{4})(.{4})$/, '$1-$2'))
  add(words.placed, placed && timeWords(placed.entry.at ?? ''))
  add(words.delivered, delivered && timeWords(delivered.entry.at ?? ''))
  add(words.items, itemsOf(what))
  add(words.total, typeof what.total === 'number' ? moneyWords(what.total, String(what.currency)) : undefined)
  add(words.buyer, placed?.entry.actor, undefined, 'code')
  add(words.sealed, delivered && `${timeWords(delivered.seal.at ?? '')} (${words.seal(delivered.seal.number ?? '')})`)
  for (const key of new Set(receipt.entries.map(({ seal }) => seal.key))) add(words.key, key, words.keyHint, 'code')
  if (receipt.posted && posted === 'covered')
    add(
      `${words.root} (${words.seal(receipt.posted.seal.number ?? '')})`,
      await hashOf(receipt.posted.seal),
      words.rootHint,
      'code',
    )
  else add(words.root, posted === 'later' ? words.rootLater : words.rootNone)
  return [...head, list]
}

/** @param {string | undefined} json @returns {Record<string, unknown>} */
function dataOf(json = '{}') {
  try {
    return Object(JSON.parse(json))
  } catch {
    return {}
  }
}

/** @param {Record<string, unknown>} data */
function itemsOf({ items }) {
  if (!Array.isArray(items)) return undefined
  return items.map((item) => `${item?.sku} × ${item?.quantity}`).join(', ')
}

text.addEventListener('input', () => void judge(text.value))
/** @param {Blob | undefined} blob */
async function take(blob) {
  if (!blob) return
  text.value = await blob.text()
  await judge(text.value)
}
file.addEventListener('change', () => void take(file.files?.[0]))
for (const name of ['dragover', 'dragleave', 'drop'])
  document.addEventListener(name, (event) => {
    event.preventDefault()
    drop.classList.toggle('over', name === 'dragover')
  })
document.addEventListener('drop', (event) => void take(event.dataTransfer?.files[0]))
