import type { Language } from '../../core/customers/model.ts'
import type { LinkView } from '../../core/delivery/model.ts'
import { LOOK_AGAIN } from '../../core/delivery/policy.ts'
import { minutes } from '../../core/platform/clock.ts'
import type { Goods, GoodsLine } from '../dialogue/buyer/goods.ts'
import { time } from '../dialogue/format.ts'
import { TEXTS } from '../dialogue/locales/texts.ts'
import { Html, html } from './html.ts'
import { privatePage } from './private-pages.ts'

/** What the page is about to say. */
export type LinkPage =
  | Exclude<LinkView, { readonly state: 'shown' | 'unopened' | 'opened' }>
  | { readonly state: 'unopened'; readonly expiresAt: Date; readonly shop: string }
  /** `isRecent`: the browser that opened it may still look again, if only it could be told from others */
  | { readonly state: 'opened'; readonly openedAt: Date; readonly isRecent: boolean }
  | { readonly state: 'shown'; readonly openedAt: Date; readonly minutesLeft: number; readonly goods: Goods }
  /** the press did not come from this page */
  | { readonly state: 'foreign' }
  | { readonly state: 'busy' }

const texts = (language: Language) => TEXTS[language].buyer
type Words = ReturnType<typeof texts>['linkPage']

/**
 * The page behind a one-time link. Before it is opened it names the shop and nothing of the order; its title, which is all
 * that a chat's preview could quote, says no more than what it is. It works without scripts: these add copying, saving
 * and the reader's own time.
 */
export function linkPage(page: LinkPage, language: Language): string {
  const words = texts(language).linkPage
  return privatePage(
    { language, title: words.title, styles: ['link.css'], script: 'link.js' },
    html`<body data-local="${words.localTime}">
<main>${content(page, language, words)}</main>
</body>`,
  )
}

function content(page: LinkPage, language: Language, words: Words): Html {
  switch (page.state) {
    case 'unopened':
      return html`<h1>${words.ready(page.shop)}</h1>
<section><p>${words.readyOnce}</p><p>${words.readySave(LOOK_AGAIN / minutes(1))}</p>${press(words.open)}</section>
<p class="soft">${words.readyUntil} ${moment(page.expiresAt)}</p>`
    case 'shown':
      return shown(page, language, words)
    case 'opened':
      return html`<h1>${words.opened}</h1>
<section class="bad"><p>${words.openedAt}: ${moment(page.openedAt)}</p>
<h2>${words.notYou}</h2><p>${words.notYouBuyer}</p><p>${words.notYouGiven}</p></section>
${page.isRecent ? html`<section><p>${words.openedAgain}</p>${press(words.again)}</section>` : undefined}`
    case 'foreign':
    case 'busy':
      return html`<h1>${words[page.state]}</h1>
<section><p>${words[`${page.state}Why`]}</p><p><a class="press" href="">${words.reload}</a></p></section>`
    default:
      return html`<h1>${words[page.state]}</h1><section><p>${words[`${page.state}Why`]}</p></section>`
  }
}

/** The one thing that opens a link: a form that comes back to the same address. */
const press = (label: string): Html =>
  html`<form method="post"><button class="press" type="submit">${label}</button></form>`

/** A time in UTC; the page's script puts the reader's own beside it. */
const moment = (at: Date): Html => html`<time datetime="${at.toISOString()}">${time(at)}</time>`

function shown(page: Extract<LinkPage, { state: 'shown' }>, language: Language, words: Words): Html {
  const { goods, openedAt, minutesLeft } = page
  const { withheld, keepSafe } = texts(language)
  return html`<h1>${words.shown}</h1>
<section class="warn"><p>${words.shownFor(minutesLeft)}</p><p>${keepSafe}</p></section>
${goods.withheld > 0 ? html`<section class="bad"><p>${withheld(goods.withheld)}</p></section>` : undefined}
${goods.lines.map((line) => lineOf(line, language, words))}
${goods.file === undefined ? undefined : allOf(goods.file, goods.no, words)}
<p class="soft">${texts(language).orderTitle(goods.no)} · ${words.openedAt}: ${moment(openedAt)}</p>`
}

function lineOf({ name, how, keys }: GoodsLine, language: Language, words: Words): Html {
  const { keyNumber, keyPassword, redeem } = texts(language)
  const rows = keys.map(({ key, png }) => {
    const picture = png && html`<img alt="QR" src="data:image/png;base64,${Buffer.from(png).toString('base64')}">`
    return key.password === undefined
      ? html`<li>${field(key.code, words)}${picture}</li>`
      : html`<li>${field(key.code, words, keyNumber)}${field(key.password, words, keyPassword)}</li>`
  })
  return html`<section><h2>${name}</h2><ol class="keys">${rows}</ol>
${how === undefined ? undefined : html`<h3>${redeem}</h3><p class="how">${how}</p>`}</section>`
}

const field = (text: string, words: Words, label?: string): Html =>
  html`<div class="field">${label && html`<small>${label}</small>`}<code>${text}</code>
<button class="copy" type="button" data-done="${words.copied}" hidden>${words.copy}</button></div>`

/** Many keys at once: the text is there for the script, which copies or saves it. */
const allOf = (file: string, no: string, words: Words): Html =>
  html`<section class="all" hidden><pre hidden>${new Html('\n')}${file.replace(/^\uFEFF/, '')}</pre>
<button class="copy" type="button" data-done="${words.copied}">${words.copyAll}</button>
<button class="save" type="button" data-name="keytill-${no}.txt">${words.save}</button></section>`
