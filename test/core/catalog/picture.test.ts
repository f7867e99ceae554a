import { beforeAll, expect, it } from 'vitest'
import { MOST_PICTURE_BYTES } from '../../../core/catalog/service.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
})

const PNG = Buffer.from('89504e470d0a1a0a0000000d', 'hex')
const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex')
const WEBP = Buffer.concat([Buffer.from('RIFF'), Buffer.from([9, 0, 0, 0]), Buffer.from('WEBPVP8 ')])

it.each([
  ['image/png', PNG],
  ['image/jpeg', JPEG],
  ['image/webp', WEBP],
])('keeps a picture that is %s by its first bytes', async (mime, bytes) => {
  const { sku } = await stand.product(0)
  await stand.shop.catalog.setPicture('ann', sku, bytes)
  const picture = (await stand.shop.catalog.product(sku, 'en'))?.picture
  expect(picture).toMatchObject({ mime, bytes, id: expect.stringMatching(/^[0-9a-f]{64}$/) })
})

it.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from('<svg onload="alert(1)"/>')],
  ['a GIF', Buffer.from('GIF89a')],
  ['sound in the same wrapping as WebP', Buffer.concat([Buffer.from('RIFF'), Buffer.alloc(4), Buffer.from('WAVE')])],
  ['a picture that is too large', Buffer.concat([PNG, Buffer.alloc(MOST_PICTURE_BYTES)])],
])('refuses %s', async (_, bytes) => {
  const { sku } = await stand.product(0)
  await expect(stand.shop.catalog.setPicture('ann', sku, bytes)).rejects.toThrow(
    expect.objectContaining({ code: 'product.picture' }),
  )
  expect((await stand.shop.catalog.product(sku, 'en'))?.picture).toBeUndefined()
})

it('shows the latest, kept here or elsewhere, and none when it is taken away', async () => {
  const { sku } = await stand.product(0)
  const picture = async () => (await stand.shop.catalog.product(sku, 'en'))?.picture
  await stand.shop.catalog.set('ann', sku, 'picture', 'https://example.com/a.png')
  expect(await picture()).toEqual({ url: 'https://example.com/a.png' })
  await stand.shop.catalog.setPicture('ann', sku, PNG)
  expect(await picture()).toMatchObject({ mime: 'image/png' })
  await stand.shop.catalog.setPicture('ann', sku, JPEG)
  expect(await picture()).toMatchObject({ mime: 'image/jpeg' })
  await stand.shop.catalog.set('ann', sku, 'picture', 'https://example.com/b.png')
  expect(await picture()).toEqual({ url: 'https://example.com/b.png' })
  await stand.shop.catalog.set('ann', sku, 'picture', '-')
  expect(await picture()).toBeUndefined()
})
