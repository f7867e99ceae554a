// @ts-check
/** What the page of a one-time link gains from scripts. */
import { copy, save } from './dom.js'

const clock = new Intl.DateTimeFormat(navigator.language, { dateStyle: 'medium', timeStyle: 'short' })
for (const time of document.querySelectorAll('time'))
  time.append(` (${clock.format(new Date(time.dateTime))}, ${document.body.dataset.local})`)

const all = document.querySelector('.all')
const text = all?.querySelector('pre')?.textContent ?? ''
if (all instanceof HTMLElement) all.hidden = false

for (const button of document.querySelectorAll('button.copy')) {
  if (!(button instanceof HTMLButtonElement)) continue
  const { textContent: label, dataset } = button
  button.hidden = false
  button.addEventListener('click', async () => {
    const own = button.closest('.field')?.querySelector('code')?.textContent
    if (!(await copy(own ?? text))) return
    button.textContent = dataset.done ?? label
    setTimeout(() => {
      button.textContent = label
    }, 2000)
  })
}

for (const button of document.querySelectorAll('button.save'))
  button.addEventListener('click', () => {
    const name = button instanceof HTMLElement ? button.dataset.name : undefined
    // As Windows reads it: with a mark of its encoding and its own line ends.
    save(new Blob([`\uFEFF${text.replaceAll('\n', '\r\n')}`], { type: 'text/plain' }), name ?? 'keys.txt')
  })
