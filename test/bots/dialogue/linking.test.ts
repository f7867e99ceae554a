import { expect, it } from 'vitest'
import { TEXTS } from '../../../bots/dialogue/locales/texts.ts'
import { openShop } from '../../stand/shop.ts'
import { talkTo } from './memory-channel.ts'

it('a link that was made before the program died is told as made when its button is handled again', async () => {
  const { done, nothing } = TEXTS.en.buyer.accounts
  const stand = await openShop()
  const { linking } = stand.shop
  const owner = await stand.meet({ id: 'phone' })
  const talk = talkTo(stand.shop, 'page')
  await talk.say('/start')
  const page = await stand.meet({ id: 'page', channel: 'web' })
  const { code } = await linking.code(owner, { channel: owner.channel, chat: owner.chat })
  await talk.say(`/link ${code}`)
  // As far as a process came that died before it could say so.
  expect(await linking.confirm(page, { channel: 'web', chat: 'page' })).toBe(true)
  expect(await talk.press('account-yes')).toContain(done)
  expect(await talk.press('account-yes')).toContain(nothing)
})
