import { beforeAll, expect, it } from 'vitest'
import { TEXTS } from '../../../../bots/dialogue/locales/texts.ts'
import { type FakeSmsGateway, startSmsGateway } from '../../../fakes/sms-gateway.ts'
import { openShop, type Stand } from '../../../stand/shop.ts'
import { type Talk, talkTo } from '../memory-channel.ts'

let gateway: FakeSmsGateway
let stand: Stand
beforeAll(async () => {
  gateway = await startSmsGateway()
  const sms = { SMS_GATEWAY_URL: gateway.url, SMS_GATEWAY_TOKEN: gateway.token }
  stand = await openShop({ settings: { KEYTILL_SANDBOX: '1', ...sms } })
  await stand.shop.risk.set('ann', 'checked', stand.shop.risk.read('order if units > 0 then challenge sms'))
})

const press = (talk: Talk, label: RegExp | string) => {
  const button = talk.screens
    .flatMap(({ buttons = [] }) => buttons.flat())
    .find((each) => (typeof label === 'string' ? each.label === label : label.test(each.label)))
  if (!button || !('action' in button)) throw new Error(`no ${label}`)
  return talk.press(button.action)
}
const code = () => /\d{6}/.exec(gateway.taken.at(-1)?.text ?? '')?.[0] ?? ''

it.each(['zh', 'en'] as const)(
  'a code by SMS is asked for, sent, mistyped, sent again and leads to the order that was meant, in %s',
  async (language) => {
    const t = TEXTS[language].buyer
    const { sku } = await stand.product(1, { demo: 'yes' })
    const talk = talkTo(stand.shop, `buyer-${sku}`, language)
    await talk.say(`/start p_${sku}`)
    await press(talk, t.buy)
    await press(talk, '1')
    expect(await press(talk, /9[.]90/)).toContain(t.smsAskNumber)
    expect(await talk.say('my number')).toContain(t.smsNotANumber)
    gateway.mood = 'fails'
    expect(await talk.say('138 0013 8000')).toContain(t.smsUnsent)
    gateway.mood = 'takes'
    expect(await talk.say(`+44 20 7946 09${language === 'zh' ? 10 : 20}`)).toContain(t.smsAskCode)
    expect(gateway.taken.at(-1)?.text).toBe(t.smsText('keytill', code()))
    const first = code()
    expect(await talk.say(first === '123456' ? '123457' : '123456')).toContain(t.smsWrong(4))
    expect(await press(talk, t.smsAgain)).toContain(t.smsAskNumber)
    expect(await talk.say(`+44 20 7946 09${language === 'zh' ? 10 : 20}`)).toContain(t.smsAskCode)
    if (first !== code()) expect(await talk.say(first)).toContain(t.smsWrong(4))
    expect(await talk.say(code())).toContain(t.states.awaiting_payment)
  },
)

it('who has asked for too many is told to write to support, with the basket kept', async () => {
  const t = TEXTS.en.buyer
  const { sku } = await stand.product(1, { demo: 'yes' })
  const talk = talkTo(stand.shop, 'impatient')
  await talk.say(`/start p_${sku}`)
  await press(talk, t.buy)
  await press(talk, '1')
  await press(talk, /9[.]90/)
  for (let n = 0; n < 3; n++) {
    await talk.say(`+44 20 7946 080${n}`)
    await press(talk, t.smsAgain)
  }
  expect(await talk.say('+44 20 7946 0809')).toBe(t.tooManyCodes)
  expect(await press(talk, t.basketTitle)).toContain('9.90')
})
