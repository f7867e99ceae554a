import pg from 'pg'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { TEXTS } from '../../../bots/dialogue/locales/texts.ts'
import { atEnd } from '../../stand/closing.ts'
import { openShop, type Stand } from '../../stand/shop.ts'
import { type Talk, talkTo } from './memory-channel.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop({ settings: { KEYTILL_SANDBOX: '1' } })
})

const actionOf = ({ screens }: Talk, label: RegExp): string => {
  const button = screens.flatMap(({ buttons = [] }) => buttons.flat()).find((each) => label.test(each.label))
  if (!button || !('action' in button)) throw new Error(`no ${label}`)
  return button.action
}

/** Someone with a product in the basket; the action that orders it. */
async function ready(language: 'zh' | 'en'): Promise<{ talk: Talk; order: string }> {
  const t = TEXTS[language].buyer
  const { sku } = await stand.product(1, { demo: 'yes' })
  const talk = talkTo(stand.shop, `buyer-${sku}`, language)
  await talk.say(`/start p_${sku}`)
  await talk.press(actionOf(talk, new RegExp(t.buy)))
  await talk.press(actionOf(talk, /^1$/))
  return { talk, order: actionOf(talk, /9[.]90/) }
}

describe.each(['zh', 'en'] as const)('in %s', (language) => {
  const t = TEXTS[language].buyer

  it('says so when an order has to wait, and goes on by itself', async () => {
    const { talk, order } = await ready(language)
    const client = new pg.Client({ ...stand.connection })
    await client.connect()
    atEnd(() => client.end())
    await client.query('BEGIN; LOCK TABLE stock IN ACCESS EXCLUSIVE MODE')
    const answered = talk.press(order)
    await vi.waitFor(() => expect(talk.said).toEqual([t.inLine(0)]), { timeout: 5000 })
    await client.query('COMMIT')
    expect(await answered).toContain(t.states.awaiting_payment)
  })

  it('tells at once how long the answer takes when the platform lets no more through', async () => {
    const patient = talkTo(stand.shop, `patient-${language}`, language, 12_300)
    expect(await patient.press('home')).toContain(t.answerIn(13))
    expect(await talkTo(stand.shop, `patient-${language}`, language, 1500).press('home')).not.toContain(t.answerIn(2))
  })
})
