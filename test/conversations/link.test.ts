import { beforeAll, describe, expect, it } from 'vitest'
import { time } from '../../bots/dialogue/format.ts'
import { hours, minutes } from '../../core/platform/clock.ts'
import type { Stocked } from '../stand/shop.ts'
import type { Channel, Chatter } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import type { Seen } from './sight.ts'
import { buy, fill, order, orderIn } from './steps.ts'
import { expectWording } from './wording.ts'

const URL_SHOWN = /(https?:\/\/\S+\/k\/)([\w-]{43})(?![\w-])/

/** The address that stands in what was seen, and its token. */
function linkIn({ text }: Seen): { readonly url: string; readonly token: string } {
  const [url, , token] = URL_SHOWN.exec(text) ?? []
  if (url === undefined || token === undefined) throw new Error(`no link in ${text}`)
  return { url, token }
}

describe.each(CHANNELS)('a one-time link, on $name', ({ open, languages }) => {
  let channel: Channel
  let product: Stocked
  beforeAll(async () => {
    channel = await open()
    product = await channel.program.product(10)
  })

  const now = () => time(channel.program.stand.clock())
  const openLink = (token: string) => channel.program.shop.delivery.links.open(token, 'a phone')

  /** Makes a link to the order whose link's screen is seen. */
  async function make(chatter: Chatter, button: string) {
    await chatter.press(button)
    const seen = await chatter.see(chatter.t.linkReady)
    return { seen, ...linkIn(seen) }
  }

  it.each(languages)('is made, opened once, told of and replaced, in %s', async (language) => {
    const { program, can } = channel
    const alice = await channel.join('alice', { language })
    const { t } = alice
    const greeted = program.shown.length
    const { no } = await buy(alice, product)
    await alice.press(t.link)
    const first = await alice.see(t.linkTitle(no))
    expect(first.text).toContain(t.linkWhat)
    expect(first.buttons).not.toContain(t.linkRevoke)
    const made = now()
    const { seen, url, token } = await make(alice, t.linkMake)
    const until = time(new Date(program.stand.clock().getTime() + hours(7 * 24)))
    expect(seen.text).toContain(t.linkNow(until))
    if (can.copy) expect(seen.copies).toEqual([url])

    await alice.press(t.orderTitle(no))
    await alice.see(orderIn(alice, 'delivered'))
    program.stand.clock.advance(minutes(1))
    await alice.press(t.link)
    const waiting = await alice.see(t.linkUnopened(made, until))
    expect(waiting.text).not.toContain(token)

    const opened = now()
    expect(await openLink(token)).toMatchObject({ state: 'shown', order: { no: no.replace('-', '') } })
    const { text } = await alice.see(t.notices.linkOpened(no, opened))
    expect(text).toContain(t.linkNotYou)
    await alice.press(t.orderTitle(no))
    const card = await alice.see(orderIn(alice, 'delivered'))
    expect(card.text).toContain(t.revealedAt(opened, t.channels.link ?? ''))

    await alice.press(t.link)
    await alice.see(t.linkOpened(opened))
    const second = await make(alice, t.linkRemake)
    expect(second.token).not.toBe(token)
    await alice.press(t.linkRevoke)
    const revoked = await alice.see(t.linkRevokedNow)
    expect(revoked.text).toContain(t.linkRevoked)
    expect(await openLink(second.token)).toEqual({ state: 'revoked' })

    const shown = program.shown.slice(greeted).filter(({ chat }) => chat === alice.chat)
    expect(shown.filter((one) => URL_SHOWN.test(one.text)).map(({ secret }) => secret)).toEqual([true, true])
    expectWording(shown, alice.chat, language, [product.name])
    expect(program.errors).toEqual([])
  })

  it('says when nobody opened it in time', async () => {
    const alice = await channel.join('alice')
    const { t } = alice
    const { no } = await buy(alice, product)
    await alice.press(t.link)
    await alice.see(t.linkTitle(no))
    const { token } = await make(alice, t.linkMake)
    const until = time(new Date(channel.program.stand.clock().getTime() + hours(7 * 24)))
    await channel.program.pass(hours(7 * 24))
    await alice.say(no)
    await alice.see(orderIn(alice, 'delivered'))
    await alice.press(t.link)
    const { buttons } = await alice.see(t.linkExpired(until))
    expect(buttons).not.toContain(t.linkRevoke)
    expect(await openLink(token)).toEqual({ state: 'expired' })
  })

  it('belongs to the buyer of a delivered order, until it is refunded', async () => {
    const { program, can } = channel
    const [alice, bob] = [await channel.join('alice'), await channel.join('bob')]
    const { t } = alice
    await fill(alice, product)
    const unpaid = await order(alice)
    expect(alice.keysShown()).not.toContain(t.link)
    await alice.press(t.cancelOrder)
    await alice.see(t.cancelledOrder)
    const { no } = await buy(alice, product)
    const acts = ['link', 'link-make', 'link-revoke'].map((verb) => (of: string) => `${verb}:${of.replace('-', '')}`)
    if (can.buttons)
      for (const act of acts) {
        for (const chatter of [alice, bob]) {
          await chatter.say('/terms')
          await chatter.see(chatter.t.termsTitle)
        }
        await bob.forge(act(no))
        await bob.see(bob.t.orderUnknown)
        await alice.forge(act(unpaid))
        await alice.see(orderIn(alice, 'cancelled'))
      }
    await alice.say(no)
    await alice.see(orderIn(alice, 'delivered'))
    await alice.press(t.link)
    await alice.see(t.linkTitle(no))
    const { token } = await make(alice, t.linkMake)
    await program.shop.sale.refund('operator', no.replace('-', ''), 'complaint')
    expect(await openLink(token)).toEqual({ state: 'withheld' })
    await alice.press(t.linkRevoke)
    await alice.see(({ text, buttons }) => text.includes(t.orderTitle(no)) && !buttons.includes(t.link))
  })
})
