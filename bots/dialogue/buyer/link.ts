import type { OrderLink } from '../../../core/delivery/model.ts'
import type { Order } from '../../../core/orders/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { webAddress } from '../../../core/platform/settings.ts'
import { action } from '../action.ts'
import type { Context, Reply, Routes } from '../context.ts'
import { lines, time } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold, code, type Screen } from '../screen.ts'
import { notFound, orderScreen, own } from './order.ts'
import { cardOf } from './order-subjects.ts'

const inPlace = (order: Order, screen: Screen): Reply => ({
  show: [{ screen, place: 'edit', subject: cardOf(order.no) }],
})

/** Does something with a delivered order of this person's and the address under which links are opened. */
const forOwn =
  (act: (context: Context, order: Order, address: string) => Promise<Reply>) =>
  async (context: Context, [no = '']: readonly string[]): Promise<Reply> => {
    const order = await own(context, no)
    if (!order) return notFound(context)
    const address = webAddress(context.shop.settings)
    if (address === undefined || (order.state !== 'delivered' && order.state !== 'part_delivered'))
      return orderScreen(context, no)
    return act(context, order, address)
  }

/** What a one-time link is (SPEC R6), how the order's stands, and what can be done about it. */
async function linkScreen(context: Context, order: Order, note?: string): Promise<Reply> {
  const { t, shop } = context
  const link = await shop.delivery.links.newest(order)
  const make: Button = {
    label: link ? t.buyer.linkRemake : t.buyer.linkMake,
    action: action('link-make', order.no),
    style: 'primary',
  }
  return inPlace(order, {
    text: lines(
      ...(note === undefined ? [] : [note, '']),
      [bold(t.buyer.linkTitle(spoken(order.no)))],
      t.buyer.linkWhat,
      '',
      link && stateOf(t, link),
      t.buyer.linkReplaces,
    ),
    buttons: [
      [make],
      ...(link?.state === 'unopened' ? [[revokeButton(t, order)]] : []),
      [{ label: t.buyer.orderTitle(spoken(order.no)), action: action('order', order.no), back: true }],
    ],
  })
}

function stateOf(t: Texts, { state, createdAt, expiresAt, openedAt }: OrderLink): string {
  switch (state) {
    case 'unopened':
      return t.buyer.linkUnopened(time(createdAt), time(expiresAt))
    case 'opened':
      return t.buyer.linkOpened(time(openedAt ?? createdAt))
    case 'expired':
      return t.buyer.linkExpired(time(expiresAt))
    case 'revoked':
      return t.buyer.linkRevoked
  }
}

const revokeButton = (t: Texts, { no }: Order): Button => ({
  label: t.buyer.linkRevoke,
  action: action('link-revoke', no),
  style: 'danger',
})

/** A new link, shown this once. It is as good as the keys: no preview is made of it, and the chat keeps no copy where it can help it. */
async function make({ t, shop, customer }: Context, order: Order, address: string): Promise<Reply> {
  const { token, expiresAt } = await shop.delivery.links.make(order, customer)
  const url = `${address}/k/${token}`
  return inPlace(order, {
    text: lines(
      [bold(t.buyer.linkTitle(spoken(order.no)))],
      '',
      [code(url)],
      '',
      t.buyer.linkReady,
      t.buyer.linkNow(time(expiresAt)),
    ),
    buttons: [
      [{ label: t.buyer.copyLink, copy: url }],
      [revokeButton(t, order)],
      [{ label: t.buyer.orderTitle(spoken(order.no)), action: action('order', order.no), back: true }],
    ],
    secret: true,
  })
}

async function revoke(context: Context, order: Order): Promise<Reply> {
  const { t, shop, customer } = context
  const done = await shop.delivery.links.revoke(order, customer)
  return linkScreen(context, order, done ? t.buyer.linkRevokedNow : t.buyer.linkTooLate)
}

/** The news that the link of an order was opened, and what to do if it was opened by the wrong one. */
export function linkNotice(t: Texts, no: string, at: Date): Screen {
  return {
    text: lines([bold(t.buyer.notices.linkOpened(spoken(no), time(at)))], t.buyer.linkNotYou),
    buttons: [
      [
        { label: t.buyer.orderTitle(spoken(no)), action: action('order', no) },
        { label: t.buyer.support, action: action('support') },
      ],
    ],
  }
}

export const linkRoutes: Routes = {
  actions: {
    link: forOwn((context, order) => linkScreen(context, order)),
    'link-make': forOwn(make),
    'link-revoke': forOwn((context, order) => revoke(context, order)),
  },
}
