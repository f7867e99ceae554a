import type { FakeTelegram } from '../../../test/fakes/telegram/server.ts'
import type { Random } from './random.ts'

type Person = ReturnType<FakeTelegram['user']>

/** What is sold, and how many keys of each. */
export interface Shelf {
  readonly sku: string
  readonly name: string
  readonly keys: readonly string[]
}

/** Sets the shop up as its owner does: products, keys as files, short reservations, a risk rule that strikes now and then. */
export async function stockShop(owner: Person, shelves: readonly Shelf[]): Promise<void> {
  const say = async (text: string, expected: RegExp) => {
    const since = owner.mark()
    await owner.say(text)
    return owner.see(expected, { since })
  }
  await say('/start', /Welcome/)
  for (const { sku, name, keys } of shelves) {
    await say(`/product add ${sku} | ${name} | 9.90 | 50`, /is added/)
    const since = owner.mark()
    await owner.sendFile({ name: 'keys.csv', bytes: Buffer.from(keys.join('\n')), caption: `/import ${sku}` })
    const preview = await owner.see(new RegExp(`New keys: ${keys.length}$`, 'm'), { since })
    await owner.press(preview, /Import \d+/)
    await owner.see(new RegExp(`Added: ${keys.length}$`, 'm'), { since })
  }
  await say('/shop set reservation 1', /is now: 1/)
  await say('/risk hourly-orders 4', /limit 4/)
}

/** One thing an owner does of a day: decides about a held order, or gives the money of a delivered one back. */
export async function reviewOnce(owner: Person, random: Random, delivered: readonly string[]): Promise<void> {
  const since = owner.mark()
  const no = delivered.at(-random.between(1, 20))
  if (no !== undefined && random.chance(0.3)) {
    await owner.say(`/refund ${no} it does not work`)
    const asked = await owner.see(/^Refund order|cannot be refunded/, { since })
    if (!asked.text?.startsWith('Refund order')) return
    await owner.press(asked, /^Refund /)
    await owner.see(/The refund is on its way|cannot be refunded/, { since })
    return
  }
  await owner.say('/held')
  const held = await owner.see(/^Held orders|^No order is waiting/, { since })
  const first = held.buttons.find((label) => /^[A-Z0-9]{4}-[A-Z0-9]{4} /.test(label))
  if (first === undefined) return
  await owner.press(held, first)
  const order = await owner.see(({ buttons }) => buttons.includes('✅ Approve'), { since })
  if (random.chance(0.6)) {
    await owner.press(order, /Approve/)
    await owner.see(/^Approved|has changed meanwhile/, { since })
    return
  }
  await owner.press(order, /Reject/)
  await owner.see(/will be rejected/, { since })
  await owner.say('looks like a stolen card')
  await owner.see(/^Rejected|not held/, { since })
}
