import { expect, it } from 'vitest'
import { TEXTS } from '../../../../bots/dialogue/locales/texts.ts'
import { openShop } from '../../../stand/shop.ts'
import { staffOf } from '../../../stand/staff.ts'
import { talkTo } from '../memory-channel.ts'

const { secondMissing, securitySet } = TEXTS.en.staff

it('a second person can only be required where there is one', async () => {
  const stand = await openShop({ owners: 'web:boss' })
  const boss = talkTo(stand.shop, 'boss')
  const require = async () => {
    await boss.say('/security')
    await boss.press('s-security-ask:refund')
    return boss.say('500')
  }
  expect(await require()).toContain(secondMissing)
  await staffOf(stand, 'finance')
  expect(await require()).toContain(secondMissing)
  expect((await stand.shop.security.read()).refund).toEqual({})
  await staffOf(stand, 'owner')
  expect(await require()).toContain(securitySet)
  expect((await stand.shop.security.read()).refund).toEqual({ CNY: 50_000 })
})
