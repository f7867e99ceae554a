import { describe, expect, it } from 'vitest'
import { qrPicture } from '../../../../bots/dialogue/buyer/qr.ts'
import { scan, scanDrawn } from '../../../stand/qr.ts'

async function drawn(text: string) {
  const picture = await qrPicture(text)
  if ('url' in picture) throw new Error('a key was given an address')
  return picture
}

describe('a key as a QR code', () => {
  it.each([
    ['the shortest', '7'],
    ['an eSIM', 'LPA:1$smdp.example.com$K2-1A2B3C-4D5E6F'],
    ['not ASCII', '兑换码：卡一 🎮'],
    ['the longest that is imported', 'aB3$'.repeat(375)],
  ])('can be scanned from pixels and from characters: %s', async (_what, text) => {
    const { bytes, drawn: characters = '' } = await drawn(text)
    expect(await scan(bytes)).toBe(text)
    expect(await scanDrawn(characters)).toBe(text)
  })

  it('is named after nothing', async () => {
    const [one, same] = [await drawn('KEY-1'), await drawn('KEY-1')]
    expect(one.bytes).toEqual(same.bytes)
    expect(one.id).not.toBe(same.id)
  })

  it('can be drawn at the most that the vault holds', async () => {
    const { bytes } = await drawn('x'.repeat(2046))
    expect(Buffer.from(bytes.subarray(1, 4)).toString()).toBe('PNG')
  })
})
