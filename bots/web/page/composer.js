// @ts-check
/** Where the person writes, and picks, drops or pastes files. */

import { get, icon, make } from './dom.js'
import { toast } from './notice.js'
import { sizeWords, words } from './words.js'

/** What one event can carry. */
const MOST_BYTES = 20 * 1024 * 1024

const form = /** @type {HTMLFormElement} */ (get('composer'))
const text = /** @type {HTMLTextAreaElement} */ (get('text'))
const send = /** @type {HTMLButtonElement} */ (get('send'))
const picker = /** @type {HTMLInputElement} */ (get('files'))
const attach = get('attach')
const picked = get('picked')
const drop = get('drop')

text.placeholder = words.message
text.ariaLabel = words.message
attach.ariaLabel = attach.title = words.attach
send.ariaLabel = send.title = words.send
drop.textContent = words.drop

/** @type {File[]} */
let files = []

function refresh() {
  send.disabled = text.value.trim() === '' && files.length === 0
  text.style.height = 'auto'
  text.style.height = `${text.scrollHeight}px`
  picked.hidden = files.length === 0
  picked.replaceChildren(
    ...files.map((file) => {
      const remove = make('button', { type: 'button', className: 'discard', title: words.discard }, icon('close'))
      remove.ariaLabel = `${words.discard}: ${file.name}`
      remove.onclick = () => {
        files = files.filter((other) => other !== file)
        refresh()
        text.focus()
      }
      const name = make('span', {}, make('b', {}, file.name), make('small', {}, sizeWords(file.size)))
      return make('div', { className: 'file' }, icon('file'), name, remove)
    }),
  )
}

/** @param {FileList | null | undefined} list */
function add(list) {
  for (const file of list ?? []) {
    if (file.size > MOST_BYTES) toast(`${file.name} ${words.tooLarge}`)
    else files.push(file)
  }
  refresh()
}

/** @param {DragEvent} event */
const hasFiles = (event) => event.dataTransfer?.types.includes('Files') === true

/**
 * @param {File} file
 * @returns {Promise<string>} its bytes in base64
 */
const read = (file) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(file)
  })

/**
 * Hands on what the person sends: a text, or files of which the first carries the text.
 * @param {(content: import('./server.js').Content, size: number) => void} sent
 */
export function compose(sent) {
  const submit = async () => {
    const words = text.value.trim()
    const chosen = files
    if (words === '' && chosen.length === 0) return
    text.value = ''
    files = []
    refresh()
    if (chosen.length === 0) sent({ kind: 'text', text: words }, 0)
    for (const [index, file] of chosen.entries()) {
      const mime = file.type || 'application/octet-stream'
      const caption = index === 0 ? words : ''
      try {
        sent({ kind: 'file', name: file.name, mime, caption, data: await read(file) }, file.size)
      } catch {
        toast(`${file.name}?`)
      }
    }
  }
  form.onsubmit = (event) => {
    event.preventDefault()
    submit()
  }
  text.oninput = refresh
  text.onkeydown = (event) => {
    // While characters are being composed (pinyin), Enter chooses one of them.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
    event.preventDefault()
    submit()
  }
  text.onpaste = (event) => {
    if (!event.clipboardData?.files.length) return
    event.preventDefault()
    add(event.clipboardData.files)
  }
  attach.onclick = () => picker.click()
  picker.onchange = () => {
    add(picker.files)
    picker.value = ''
    text.focus()
  }
  addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    drop.hidden = false
  })
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) drop.hidden = true
  })
  addEventListener('drop', (event) => {
    drop.hidden = true
    if (!hasFiles(event)) return
    event.preventDefault()
    add(event.dataTransfer?.files)
  })
  if (matchMedia('(pointer: fine)').matches) text.focus()
}
