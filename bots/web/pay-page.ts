import type { Language } from '../../core/customers/model.ts'
import type { Order } from '../../core/orders/model.ts'
import { spoken } from '../../core/platform/ids.ts'
import { formatMoney } from '../../core/platform/money.ts'
import { TEXTS } from '../dialogue/locales/texts.ts'
import { type Html, html } from './html.ts'
import { privatePage } from './private-pages.ts'

/** What the page is about to say. */
export type PayPage =
  | { readonly state: 'unknown' | 'paid' | 'expired' | 'cancelled' | 'busy' }
  | {
      readonly state: 'unpaid'
      readonly token: string
      readonly order: Order
      readonly shop: string
      readonly minutesLeft: number
      /** `page`: the app it is open in is asked for the money; `code`: it is scanned */
      readonly form: 'page' | 'code'
      /** whether somebody else than the order's buyer can say who they are */
      readonly canLogin: boolean
    }

type Words = (typeof TEXTS)['zh']['buyer']['payPage']

/**
 * The page on which an order is paid. Everything it may come to say stands in it, and its script shows the part that is true;
 * prices and names are the shop's, nothing of the goods is told.
 */
export function payPage(page: PayPage, language: Language): string {
  const words = TEXTS[language].buyer.payPage
  const form = page.state === 'unpaid' ? page.form : ''
  return privatePage(
    { language, title: words.title, styles: ['link.css', 'pay.css'], script: 'pay.js' },
    html`<body data-form="${form}">
<main>${page.state === 'unpaid' ? unpaid(page, language, words) : undefined}
${ending('paid', page, words, html`<button class="press" id="close" type="button" hidden>${words.close}</button>`)}
${ending('expired', page, words)}
${ending('cancelled', page, words)}
${page.state === 'unknown' ? ending('unknown', page, words) : undefined}
${page.state === 'busy' ? html`<h1>${words.busy}</h1>` : undefined}</main>
</body>`,
  )
}

function unpaid(page: Extract<PayPage, { state: 'unpaid' }>, language: Language, words: Words): Html {
  const { token, order, shop, minutesLeft, form, canLogin } = page
  const price = formatMoney(order.total, order.currency, language)
  return html`<div data-state="unpaid"><h1>${shop}</h1>
<section><p class="price">${price}</p><p class="soft">${words.order(spoken(order.no))} · ${words.until(minutesLeft)}</p></section>
<noscript><section class="bad"><p>${words.noScript}</p></section></noscript>
${
  form === 'page'
    ? html`<button class="press" id="pay" type="button" hidden data-again="${words.again}">${words.press(price)}</button>`
    : html`<section id="scan" hidden><h2>${words.scan}</h2><img id="code" alt="${words.scan}"><p>${words.scanWhy}</p></section>
<button class="press" id="pay" type="button" hidden>${words.again}</button>`
}
<p class="say" data-say="paying" hidden>${words.paying}</p>
<p class="say" data-say="confirming" hidden>${words.confirming}</p>
<p class="say" data-say="stopped" hidden>${words.stopped}</p>
<p class="say" data-say="busy" hidden>${words.busy}</p>
<section class="bad" data-say="failed" hidden><p>${words.failed}</p>${canLogin ? html`<p>${words.failedWhy}</p><p><a class="press" href="./${token}/me">${words.asMe}</a></p>` : undefined}</section></div>`
}

function ending(state: 'paid' | 'expired' | 'cancelled' | 'unknown', page: PayPage, words: Words, more?: Html): Html {
  const body = html`<h1>${words[state]}</h1><section><p>${words[`${state}Why`]}</p></section>${more}`
  return page.state === state
    ? html`<div data-state="${state}">${body}</div>`
    : html`<div data-state="${state}" hidden>${body}</div>`
}
