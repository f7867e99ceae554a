import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { minutes, seconds } from '../../core/platform/clock.ts'
import { type CreateLimiter, LIMITS } from '../../core/platform/limits.ts'
import { within } from '../../core/platform/within.ts'
import { qrPicture } from '../dialogue/buyer/qr.ts'
import { CSS, JS, serveFiles } from './assets.ts'
import { languageFor } from './language.ts'
import type { PayDoor } from './pay-door.ts'
import { type PayPage, payPage } from './pay-page.ts'
import { type PrivatePages, policyOf, servePrivatePages } from './private-pages.ts'
import type { WebLog } from './server.ts'

interface PayRoutes {
  readonly pay: PayDoor
  readonly publicUrl?: string
  readonly limiter: CreateLimiter
  readonly log: WebLog
  readonly now: () => Date
}

/** How long a browser waits for the shop, in ms; so long where WeChat Pay is asked as well. */
const ANSWER_WITHIN = seconds(5)
const BEGIN_WITHIN = seconds(25)

const POLICY = policyOf("connect-src 'self'", "form-action 'none'")

const STATUS: Readonly<Record<PayPage['state'], number>> = {
  unpaid: 200,
  paid: 200,
  expired: 410,
  cancelled: 410,
  unknown: 404,
  busy: 503,
}

/** How long WeChat's word on who opened a page is kept, and how long it may take to come, in ms. */
const KNOWN = minutes(60)
const COMING = minutes(5)

const WHO = 'keytill-payer'
const STATE = 'keytill-login'

interface Params {
  Params: { token: string }
}

/**
 * The page on which an order is paid (P2): `GET /pay/<token>` shows it and begins nothing, whatever robots look at it; its script
 * asks for what is to be paid, once however often it is pressed, and then how the order stands. Inside WeChat the money is asked
 * for there, of the order's buyer or of whoever WeChat says has opened the page; elsewhere a code is shown to be scanned.
 */
export async function servePay(app: FastifyInstance, { pay, publicUrl, limiter, log, now }: PayRoutes): Promise<void> {
  const byAddress = limiter(...LIMITS.pay)
  const secure = publicUrl?.startsWith('https:') ? '; Secure' : ''
  const below = publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '')

  const answer = (request: FastifyRequest, reply: FastifyReply, page: PayPage, status = STATUS[page.state]) =>
    reply
      .code(status)
      .type('text/html; charset=utf-8')
      .send(payPage(page, languageFor(request)))

  /** Comes back from WeChat's own address as well, hence not `Strict`. */
  const keep = (name: string, token: string, value: string, life: number): string =>
    `${name}=${value}; Path=${below}/pay/${token}; Max-Age=${life / 1000}; HttpOnly; SameSite=Lax${secure}`

  /** Who WeChat said has this browser, on this page. */
  function payerOf(request: FastifyRequest, token: string): string | undefined {
    const [openid = '', mark = ''] = cookieOf(request, WHO)?.split('.') ?? []
    return openid !== '' && pay.isMarked(token, openid, mark) ? openid : undefined
  }

  async function pageOf(request: FastifyRequest, token: string): Promise<PayPage> {
    const view = await pay.look(token)
    if (view.state !== 'unpaid') return view
    const { order } = view
    const isPage = isInside(request) && (payerOf(request, token) ?? pay.buyerOf(order)) !== undefined
    return {
      state: 'unpaid',
      token,
      order,
      shop: await pay.shopName(languageFor(request)),
      minutesLeft: Math.max(1, Math.ceil((order.reservedUntil.getTime() - now().getTime()) / minutes(1))),
      form: isPage ? 'page' : 'code',
      canLogin: isInside(request) && pay.login !== undefined,
    }
  }

  const toLogin = (reply: FastifyReply, token: string, address: (back: string, state: string) => string) => {
    const state = randomBytes(16).toString('hex')
    reply.header('set-cookie', keep(STATE, token, state, COMING))
    return reply.redirect(address(`${publicUrl}/pay/${token}/back`, state), 302)
  }

  const busy: PrivatePages['busy'] = (request, reply, status) => answer(request, reply, { state: 'busy' }, status)
  await servePrivatePages(app, { at: '/pay', policy: POLICY, byAddress, log, busy }, (scope) => {
    scope.get<Params>('/pay/:token', async (request, reply) => {
      const { token } = request.params
      const page = await within(ANSWER_WITHIN, pageOf(request, token))
      const { login } = pay
      if (page.state === 'unpaid' && page.form === 'code' && login && isInside(request))
        return toLogin(reply, token, login.address)
      return answer(request, reply, page)
    })

    /** Whoever is not the order's buyer asks WeChat to say who they are. */
    scope.get<Params>('/pay/:token/me', async (request, reply) => {
      const { token } = request.params
      const page = await within(ANSWER_WITHIN, pageOf(request, token))
      return page.state === 'unpaid' && pay.login
        ? toLogin(reply, token, pay.login.address)
        : answer(request, reply, page)
    })

    scope.get<Params & { Querystring: { code?: string; state?: string } }>(
      '/pay/:token/back',
      async (request, reply) => {
        const { token } = request.params
        const { code, state } = request.query
        const view = await within(ANSWER_WITHIN, pay.look(token))
        const isAsked = typeof state === 'string' && state !== '' && state === cookieOf(request, STATE)
        if (view.state !== 'unpaid' || !pay.login || !isAsked || typeof code !== 'string')
          return answer(request, reply, { state: 'unknown' })
        const openid = await pay.login.openidOf(code)
        const who = keep(WHO, token, `${openid}.${pay.mark(token, openid)}`, KNOWN)
        return reply.header('set-cookie', [who, keep(STATE, token, '', 0)]).redirect(`../${token}`, 303)
      },
    )

    scope.get<Params>('/pay/:token/state', async (request, reply) => {
      const { state } = await within(ANSWER_WITHIN, pay.look(request.params.token))
      return reply.send({ state })
    })

    scope.post<Params>('/pay/:token/begin', async (request, reply) => {
      const { token } = request.params
      const site = request.headers['sec-fetch-site']
      if (site !== undefined && site !== 'same-origin') return reply.code(403).send({ state: 'busy' })
      const view = await within(ANSWER_WITHIN, pay.look(token))
      if (view.state !== 'unpaid') return reply.send({ state: view.state })
      const openid = isInside(request) ? (payerOf(request, token) ?? pay.buyerOf(view.order)) : undefined
      try {
        const begun = await within(BEGIN_WITHIN, pay.begin(view.order, openid))
        if ('problem' in begun) return reply.send({ state: (await pay.look(token)).state })
        if ('bridge' in begun) return reply.send({ state: 'unpaid', bridge: begun.bridge })
        const { bytes } = await qrPicture(begun.code)
        return reply.send({
          state: 'unpaid',
          picture: `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`,
        })
      } catch (err) {
        log.warn({ err }, 'a payment could not be begun')
        return reply.code(503).send({ state: 'busy' })
      }
    })
  })
  const files = { '/pay.css': ['pay.css', CSS], '/pay.js': ['pay.js', JS] } as const
  await serveFiles(app, files, POLICY)
}

/** Whether the page is open inside WeChat, where it can ask for money itself. */
const isInside = ({ headers }: FastifyRequest): boolean => /\bMicroMessenger\//.test(headers['user-agent'] ?? '')

const cookieOf = ({ headers }: FastifyRequest, name: string): string | undefined =>
  new RegExp(`(?:^|; *)${name}=([\\w.-]+)(?:;|$)`).exec(headers.cookie ?? '')?.[1]
