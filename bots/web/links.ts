import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Language } from '../../core/customers/model.ts'
import type { Links } from '../../core/delivery/links.ts'
import type { LinkView, OpenedKey } from '../../core/delivery/model.ts'
import { LOOK_AGAIN } from '../../core/delivery/policy.ts'
import type { Order } from '../../core/orders/model.ts'
import { after, hours, minutes, seconds } from '../../core/platform/clock.ts'
import { type CreateLimiter, LIMITS } from '../../core/platform/limits.ts'
import { within } from '../../core/platform/within.ts'
import type { Goods } from '../dialogue/buyer/goods.ts'
import { CSS, JS, serveFiles } from './assets.ts'
import { languageFor } from './language.ts'
import { type LinkPage, linkPage } from './link-page.ts'
import { type PrivatePages, policyOf, servePrivatePages } from './private-pages.ts'
import type { WebLog } from './server.ts'

/** What the shop does behind a one-time link. */
export interface LinkDoor extends Pick<Links, 'look' | 'open'> {
  shopName(language: Language): Promise<string>
  goods(order: Order, keys: readonly OpenedKey[], language: Language): Promise<Goods>
}

interface LinkRoutes {
  readonly links: LinkDoor
  readonly publicUrl?: string
  readonly limiter: CreateLimiter
  readonly log: WebLog
  readonly now: () => Date
}

/** How long a browser waits for the shop, in ms: what comes later is shown when it asks again. */
const ANSWER_WITHIN = seconds(5)

const POLICY = policyOf("form-action 'self'")

/** Links that are gone are gone for robots too. */
const STATUS: Readonly<Record<LinkPage['state'], number>> = {
  unopened: 200,
  shown: 200,
  opened: 410,
  revoked: 410,
  expired: 410,
  withheld: 410,
  unknown: 404,
  foreign: 403,
  busy: 503,
}

/** How long a person may think before they press and still be known when they have, in ms. */
const BEFORE = hours(1)

const COOKIE = 'keytill-link'
const HELD = new RegExp(`(?:^|; *)${COOKIE}=([\\w-]{43})(?:;|$)`)

interface Params {
  Params: { token: string }
}

/**
 * The page behind every one-time link (SPEC C10, R6): `GET /k/<token>` says what it is, and only the press of its button,
 * a `POST`, opens it: what chats and mail scanners do to preview a link changes nothing.
 *
 * A browser gets a secret with the page, in a cookie for that one link, before anything is opened. It comes back with the
 * press and is kept, hashed, with the opening: when the answer is lost on its way, that browser, and no other, gets it
 * again. (Set by the answer itself, it would be lost with it.) The answer to a press is a redirection, so that loading the
 * page again, as phones do by themselves, asks nobody whether to send a form twice. A browser without cookies is answered
 * at once instead, and sees the keys this one time.
 *
 * The cookie is `SameSite=Strict`: it does not come with a press made by another site, nor with a tap on the link in a web
 * page, which is why the page of an opened link offers to look again.
 */
export async function serveLinks(
  app: FastifyInstance,
  { links, publicUrl, limiter, log, now }: LinkRoutes,
): Promise<void> {
  const byAddress = limiter(...LIMITS.link)
  const attributes = `; HttpOnly; SameSite=Strict${publicUrl?.startsWith('https:') ? '; Secure' : ''}`
  const below = publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '')

  const hold = (reply: FastifyReply, token: string, secret: string, life: number) =>
    reply.header('set-cookie', `${COOKIE}=${secret}; Path=${below}/k/${token}; Max-Age=${life / 1000}${attributes}`)

  const answer = (request: FastifyRequest, reply: FastifyReply, page: LinkPage, status = STATUS[page.state]) =>
    reply
      .code(status)
      .type('text/html; charset=utf-8')
      .send(linkPage(page, languageFor(request)))

  async function pageOf(view: LinkView, language: Language): Promise<LinkPage> {
    if (view.state === 'unopened') return { ...view, shop: await links.shopName(language) }
    if (view.state === 'opened') return { ...view, isRecent: now() < after(view.openedAt, LOOK_AGAIN) }
    if (view.state !== 'shown') return view
    const { openedAt, until, order, keys } = view
    const minutesLeft = Math.max(1, Math.ceil((until.getTime() - now().getTime()) / minutes(1)))
    return { state: 'shown', openedAt, minutesLeft, goods: await links.goods(order, keys, language) }
  }

  const busy: PrivatePages['busy'] = (request, reply, status) => answer(request, reply, { state: 'busy' }, status)
  await servePrivatePages(app, { at: '/k', policy: POLICY, byAddress, log, busy }, (scope) => {
    scope.get<Params>('/k/:token', async (request, reply) => {
      const { token } = request.params
      const held = heldBy(request)
      const view = await within(ANSWER_WITHIN, links.look(token, held))
      if (view.state === 'unopened') hold(reply, token, held ?? newSecret(), BEFORE)
      return answer(request, reply, await pageOf(view, languageFor(request)))
    })

    scope.post<Params>('/k/:token', async (request, reply) => {
      const { token } = request.params
      const held = heldBy(request)
      if (!isOwnPress(request, held)) return answer(request, reply, { state: 'foreign' })
      const secret = held ?? newSecret()
      const view = await within(ANSWER_WITHIN, links.open(token, secret))
      if (view.state === 'shown') hold(reply, token, secret, LOOK_AGAIN)
      if (view.state === 'shown' && held !== undefined) return reply.redirect(`./${token}`, 303)
      return answer(request, reply, await pageOf(view, languageFor(request)))
    })
  })
  const files = { '/link.css': ['link.css', CSS], '/link.js': ['link.js', JS] } as const
  await serveFiles(app, files, POLICY)
}

const newSecret = (): string => randomBytes(32).toString('base64url')

const heldBy = (request: FastifyRequest): string | undefined => HELD.exec(request.headers.cookie ?? '')?.[1]

/**
 * Whether a press came from our own page. Browsers say so in `Sec-Fetch-Site`; an older one, or any on an address without
 * https, has the page's cookie, which no other site can make it send. `Origin` would tell nothing: under the page's
 * referrer policy it is `null`.
 */
function isOwnPress({ headers }: FastifyRequest, held: string | undefined): boolean {
  const site = headers['sec-fetch-site']
  return site === undefined ? held !== undefined : site === 'same-origin'
}
