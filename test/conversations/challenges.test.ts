import { beforeAll, describe, expect, it, vi } from 'vitest'
import { seconds } from '../../core/platform/clock.ts'
import type { Stocked } from '../stand/shop.ts'
import type { Channel, Chatter } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import type { TelegramChatter } from './channels/telegram.ts'
import { begins, fill, orderIn, orderNoIn } from './steps.ts'
import { expectWording } from './wording.ts'

describe.each(CHANNELS)('what a buyer shows of themselves on $name', ({ name, open, languages }) => {
  let channel: Channel
  let product: Stocked
  /** what stood in the pictures, the newest last */
  let drawn: (string | undefined)[]
  beforeAll(async () => {
    channel = await open()
    product = await channel.program.product(40)
    const { challenges } = channel.program.shop.risk
    drawn = []
    const picture = challenges.picture
    vi.spyOn(challenges, 'picture').mockImplementation(async (...args) => {
      drawn.push(await picture(...args))
      return drawn.at(-1)
    })
  })

  /** From now on the product is sold to whoever passes this. */
  async function ask(challenge: string): Promise<void> {
    const boss = await channel.join('boss', { owner: true })
    await boss.say(`/risk set checked order if product in ${product.sku} then challenge ${challenge}`)
    await boss.see(`then challenge ${challenge}`)
  }
  const checkout = async (chatter: Chatter) => {
    await fill(chatter, product, 2)
    await chatter.press(begins(chatter.t.checkout('')))
  }
  const placed = async (chatter: Chatter) => {
    const no = orderNoIn(await chatter.see(orderIn(chatter, 'awaiting_payment')))
    const [row] = await channel.program.stand.rows<{ units: number; orders: number }>(
      `SELECT o.units, (SELECT count(*)::int FROM orders p WHERE p.customer_id = o.customer_id) AS orders FROM orders o WHERE o.no = $1`,
      [no.replace('-', '')],
    )
    expect(row).toEqual({ units: 2, orders: 1 })
  }

  it.each(languages)(
    'reads a picture, after a wrong answer and a new one, and gets the order that was meant, in %s',
    async (language) => {
      await ask('captcha')
      const start = channel.program.shown.length
      const alice = await channel.join('alice', { language })
      await checkout(alice)
      const asked = await alice.see(alice.t.captchaAsk(5))
      expect(asked.text).toContain(alice.t.checkFirst)
      if (alice.can.pictures) await vi.waitUntil(() => alice.sight.all().some(({ picture }) => picture))
      else expect(asked.text).toMatch(/█.*\n.*█/)
      await alice.say('hello there')
      await alice.see(alice.t.captchaLength(5))
      await alice.say('ZZZZZ')
      await alice.see(alice.t.captchaWrong)
      await alice.press(alice.t.captchaNew)
      await alice.see(alice.t.captchaAnother)
      // The pictures before no longer count, and this answer uses the new one up.
      await alice.say(drawn.at(-2) ?? '')
      await alice.see(alice.t.captchaWrong)
      await alice.say(` ${(drawn.at(-1) ?? '').toLowerCase()} `)
      await placed(alice)
      expectWording(channel.program.shown.slice(start), alice.chat, language, [product.name])

      // It is not asked for again.
      await fill(alice, product)
      await alice.press(begins(alice.t.checkout('')))
      await alice.see(orderIn(alice, 'awaiting_payment'))
    },
  )

  it('gets five pictures an hour, a picture for ten minutes, and then help', async () => {
    await ask('captcha')
    const bob = await channel.join('bob')
    await checkout(bob)
    await bob.see(bob.t.captchaAsk(5))
    await channel.program.pass(seconds(601))
    await bob.say(drawn.at(-1) ?? '')
    await bob.see(bob.t.captchaOver)
    for (let n = 0; n < 3; n++) {
      await bob.press(bob.t.captchaNew)
      await bob.see(bob.t.captchaAnother)
    }
    await bob.press(bob.t.captchaNew)
    const enough = await bob.see(bob.t.tooManyPictures)
    expect(enough.buttons).toContain(bob.t.basketTitle)
    await bob.press(bob.t.support)
    await bob.see(bob.t.askSupport)
    await channel.program.pass(seconds(3000))
    await bob.say('/start')
    await bob.see(bob.t.homeHint)
    await checkout(bob)
    await bob.see(bob.t.captchaAsk(5))
    await bob.say(drawn.at(-1) ?? '')
    await placed(bob)
  })

  it('shares a number where the platform has that, and reads a picture where not', async () => {
    await ask('contact')
    const carol = await channel.join('carol')
    await checkout(carol)
    if (!carol.can.contact) {
      await carol.see(carol.t.captchaAsk(5))
      await carol.say(drawn.at(-1) ?? '')
      await placed(carol)
      // The picture stood in place of the number: that is not asked for again either.
      await fill(carol, product)
      await carol.press(begins(carol.t.checkout('')))
      await carol.see(orderIn(carol, 'awaiting_payment'))
      return
    }
    const { person } = carol as TelegramChatter
    const sharing = carol as TelegramChatter
    await carol.see(carol.t.contactPress)
    expect(person.keyboard()).toEqual([carol.t.contactShare])
    await sharing.sendCard('+8613900000000', 1)
    await carol.see(carol.t.contactNotYours)
    await sharing.sendCard('+8613900000000', 0)
    await carol.see(carol.t.contactNotYours)
    await carol.say('13900000000')
    await carol.see(carol.t.contactPress)
    // Whoever turns to something else has the usual keyboard again, and nothing is kept of what was not asked for.
    await carol.press(carol.t.basketTitle)
    await carol.see(carol.t.contactLeft)
    expect(person.keyboard()).toEqual([])
    await sharing.sendCard('+8613900000000', person.id)
    await carol.see(carol.t.contactUnwanted)
    await carol.say('/start')
    await carol.see(carol.t.homeHint)
    await checkout(carol)
    await carol.see(carol.t.contactPress)
    await sharing.share(carol.t.contactShare, '+86 139 0000 0000')
    await carol.see(carol.t.contactThanks)
    await placed(carol)
    expect(person.keyboard()).toEqual([])

    // Another account with the same phone is of the same group.
    const dave = (await channel.join('dave')) as TelegramChatter
    await checkout(dave)
    await dave.see(dave.t.contactPress)
    await dave.share(dave.t.contactShare, '8613900000000')
    await dave.see(dave.t.contactThanks)
    await placed(dave)
    const groups = await channel.program.stand.rows<{ groups: number; members: number }>(
      `SELECT count(DISTINCT g.group_id)::int AS groups, count(*)::int AS members FROM customer_group g JOIN identity i USING (customer_id) WHERE i.chat = ANY($1)`,
      [[carol.chat, dave.chat]],
    )
    expect(groups).toEqual([{ groups: 1, members: 2 }])
    const kept = await channel.program.stand.rows<{ row: string }>(
      `SELECT t::text AS row FROM customer_trait t UNION ALL SELECT s::text FROM chat_session s UNION ALL SELECT c::text FROM challenge_given c`,
    )
    expect(kept.filter(({ row }) => row.includes('13900000000'))).toEqual([])
  })

  it('needs no code where none can be sent', async () => {
    await ask('sms')
    const erin = await channel.join('erin')
    await checkout(erin)
    await erin.see(name === 'Telegram' ? erin.t.contactPress : erin.t.captchaAsk(5))
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
