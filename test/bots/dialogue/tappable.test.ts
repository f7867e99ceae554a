import { expect, it } from 'vitest'
import { choose, printMenu } from '../../../bots/dialogue/menu.ts'
import { present } from '../../../bots/dialogue/present.ts'
import { type Capabilities, plain } from '../../../bots/dialogue/screen.ts'

const can: Capabilities = {
  buttons: false,
  tappable: true,
  edit: false,
  delete: false,
  invoice: false,
  spoiler: false,
  copy: false,
  files: false,
  pictures: false,
  contact: false,
  textLength: 600,
  textBytes: 1800,
}
const buttons = [
  { label: 'Shop', action: 'shop' },
  { label: 'Site', url: 'https://shop.example' },
  { label: 'Orders', action: 'orders' },
]

it('hands over the lines of a menu to be tapped, and prints what opens an address', () => {
  const { messages } = present({ text: ['Hi'], buttons: [buttons] }, can, (all) => printMenu(all, 0))
  expect(messages).toHaveLength(1)
  expect(plain(messages[0]?.text ?? [])).toBe('Hi\n\nSite: https://shop.example')
  expect(messages[0]?.options?.map(({ number, label }) => `${number} ${label}`)).toEqual(['1 Shop', '2 Orders'])
})

it('takes a tap for what stands on the line, and never for that of another menu', () => {
  const old = printMenu(buttons, 0)
  const now = printMenu([{ label: 'Pay', action: 'pay' }], 0)
  const stamp = old.options[0]?.stamp
  expect(choose(old.menu, '1', 0, stamp)).toEqual({ kind: 'action', action: 'shop' })
  expect(choose(now.menu, '1', 0, stamp)).toEqual({ kind: 'expired' })
  expect(choose(undefined, '1', 0, stamp)).toEqual({ kind: 'expired' })
  expect(choose(now.menu, '1', 0)).toEqual({ kind: 'action', action: 'pay' })
})

it('cuts by bytes where those count', () => {
  const { messages } = present({ text: [`${'卡'.repeat(700)}🔑${'x'.repeat(3000)}`] }, can, (all) => printMenu(all, 0))
  const texts = messages.map(({ text }) => plain(text))
  expect(texts.join('')).toBe(`${'卡'.repeat(700)}🔑${'x'.repeat(3000)}`)
  for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1800)
})

it('makes a picture a message of its own where it is one, and says nothing under one that stands alone', () => {
  const picture = { id: 'p', mime: 'image/png', bytes: new Uint8Array(1) }
  const apart = { ...can, pictures: true, picturesApart: true }
  const shown = (text: string) =>
    present({ text: [text], picture, secret: true }, apart, (all) => printMenu(all, 0)).messages.map((message) => ({
      ...message,
      text: plain(message.text),
    }))
  expect(shown('Scan it.')).toEqual([
    { text: '', picture, secret: true },
    { text: 'Scan it.', secret: true },
  ])
  expect(shown('')).toEqual([{ text: '', picture, secret: true }])
})

it('keeps 0 where it leads when the numbers of news begin again at 1', () => {
  const before = { options: [0, 99].map((number) => ({ number, action: `of ${number}`, expiresAt: 9 })) }
  const { menu, text } = printMenu([{ label: 'Look', action: 'look' }], 0, before, false)
  expect(text).toBe('1 Look')
  expect(choose(menu, '0', 0)).toEqual({ kind: 'action', action: 'of 0' })
  expect(choose(menu, '99', 0)).toEqual({ kind: 'none' })
})
