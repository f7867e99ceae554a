import { expect, it } from 'vitest'
import { TEXTS } from '../../../../bots/dialogue/locales/texts.ts'
import { printMenu } from '../../../../bots/dialogue/menu.ts'
import { present } from '../../../../bots/dialogue/present.ts'
import { plain } from '../../../../bots/dialogue/screen.ts'
import { exportFile } from '../../../../bots/dialogue/staff/exports.ts'
import { openShop } from '../../../stand/shop.ts'
import { staffOf } from '../../../stand/staff.ts'

it('comes as lines of messages, none of them cut, where a channel has no files', async () => {
  const stand = await openShop()
  const boss = await staffOf(stand, 'owner')
  const goods = await stand.product(0)
  const lines = Array.from({ length: 60 }, (_, n) => `KEY-${n}-ABCDEFGH,secret${n},,1.50`)
  await stand.stock(goods, lines)
  const request = { sku: goods.sku, keys: 60, reason: 'moved', channel: 'test' }
  await stand.shop.approvals.submit(boss, 'export', request, 'ref', { keys: 60 })
  const made = await stand.shop.exports.made('ref')
  if (!made) throw new Error('nothing was exported')
  const context = { shop: stand.shop, t: TEXTS.en, customer: boss, channel: 'test' }
  const screen = await exportFile(context, made)
  const can = {
    buttons: false,
    edit: false,
    delete: false,
    invoice: false,
    spoiler: false,
    copy: false,
    files: false,
    pictures: false,
    contact: false,
    textLength: 500,
  }
  const { messages } = present(screen, can, (buttons) => printMenu(buttons, 0))
  expect(messages.length).toBeGreaterThan(3)
  expect(messages.every(({ secret, file }) => secret === true && file === undefined)).toBe(true)
  const text = messages.map((message) => plain(message.text)).join('\n')
  expect(text.split(/\r?\n/).filter((line) => line.startsWith('KEY-'))).toEqual(lines)
})
