import { beforeAll, describe, expect, it } from 'vitest'
import type { Stocked } from '../stand/shop.ts'
import type { Channel } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import { picturesOf, scanned } from './pictures.ts'
import { buy, expectUnseen, fill, handedOver, maskOf, order, reveal } from './steps.ts'
import { expectWording } from './wording.ts'

describe.each(CHANNELS)('keys that are scanned, on $name', ({ open, languages }) => {
  let channel: Channel
  let serial = 0
  beforeAll(async () => {
    channel = await open()
  })

  /** So many keys that are scanned, of a product that has no others. */
  async function scannable(count: number): Promise<Stocked> {
    const product = await channel.program.product(0, { format: 'qr', limit: '20' })
    const codes = Array.from({ length: count }, () => `LPA:1$smdp.example.com$${++serial}-兑换-${product.sku}`)
    await channel.program.stand.stock(product, codes)
    return { ...product, codes }
  }

  it('takes the text of codes in, and refuses half of one', async () => {
    const { program } = channel
    const boss = await channel.join('boss', { owner: true })
    const { staff } = boss
    const { sku } = await program.product(0)
    await boss.say(`/product set ${sku} format qr:AAAA`)
    await boss.see(staff.productFields.format.ask)
    expect(staff.productFields.format.ask).toContain('qr')
    await boss.say(`/product set ${sku} format qr`)
    await boss.see(staff.format('qr'))
    await boss.say(`/import ${sku}\nqr,cost\n"WIFI:S:one,two;P:three;;",1.00\nLPA:1$smdp.example.com$FOUR\nfive,six`)
    const preview = await boss.see(staff.previewNew(2))
    expect(preview.text).toContain(staff.malformed.cost)
    await boss.press(staff.confirmImport(2))
    await boss.see(staff.resultAdded(2))
  })

  it.each(languages)('shows each as a picture until it is hidden, in %s', async (language) => {
    const { program, can } = channel
    const product = await scannable(2)
    const alice = await channel.join('alice', { language })
    const { t } = alice
    const greeted = program.shown.length
    const { no } = await buy(alice, product, 2)
    const captions = [1, 2].map((n) => t.qrCaption(no, n, 2))
    expect(picturesOf(alice)).toEqual([])
    expectUnseen(program.shown, product.codes)

    for (const time of [1, 2]) {
      const text = await reveal(alice)
      for (const caption of captions) await alice.see(caption)
      for (const code of product.codes) expect(text.text).toContain(code)
      if (can.spoiler) expect(text.spoilers).toEqual(product.codes)
      if (can.copy) expect(text.copies).toEqual(product.codes)
      // Shown a second time they stand there once, where the first can be taken back.
      const pictures = picturesOf(alice)
      expect(pictures).toHaveLength(can.delete ? 2 : 2 * time)
      expect(await scanned(pictures.slice(-2))).toEqual(product.codes)
      if (channel.name === 'telegram') expect(pictures.map(({ covered }) => covered)).toEqual([true, true])
      if (time === 1) await alice.say(no).then(() => alice.see(maskOf(product.codes[0] ?? '')))
    }

    await alice.press(t.hideKeys)
    const hidden = await alice.see(maskOf(product.codes[0] ?? ''))
    expect(hidden.text.includes(t.hideYourself)).toBe(!can.delete)
    if (can.delete) {
      await alice.sight.gone(captions[1] ?? '')
      expect(picturesOf(alice)).toEqual([])
    }
    const shown = program.shown.slice(greeted).filter(({ chat }) => chat === alice.chat)
    const secret = shown.filter(
      ({ text }) => captions.some((c) => text.startsWith(c)) || product.codes.some((c) => text.includes(c)),
    )
    expect(secret.length).toBe(6)
    expect(secret.filter(({ secret: marked }) => !marked)).toEqual([])
    expectWording(shown, alice.chat, language, [product.name, ...product.codes])
  })

  it('shows a picture for those keys of an order that are scanned, and no other', async () => {
    const { program } = channel
    const [typed, shot] = [await program.product(2), await scannable(1)]
    const alice = await channel.join('alice')
    await fill(alice, typed, 2)
    await fill(alice, shot, 1)
    const no = await order(alice)
    await alice.pay()
    await alice.see(alice.t.notices.delivered(no))
    const text = await reveal(alice)
    for (const code of [...typed.codes, ...shot.codes]) expect(text.text).toContain(code)
    const { text: caption } = await alice.see(alice.t.qrCaption(no, 3, 3))
    expect(caption).toContain(shot.name)
    expect(await scanned(picturesOf(alice))).toEqual(shot.codes)
  })

  it('puts more than ten into a file', async () => {
    const { program } = channel
    const many = await scannable(11)
    const alice = await channel.join('alice')
    await program.shop.risk.setLimit('operator', 'hourly-units', '1000')
    await buy(alice, many, 11)
    const text = await handedOver(alice, program, await reveal(alice))
    const lines = text.split(/\s+/).filter((word) => word.startsWith('LPA:'))
    expect(new Set(lines)).toEqual(new Set(many.codes))
    await program.idle()
    expect(picturesOf(alice)).toEqual([])
  })

  it('writes nothing of them down', async () => {
    const { stand, errors } = channel.program
    const rows = await stand.rows<{ text: string }>(`
      SELECT s.state::text AS text FROM chat_session s
      UNION ALL SELECT m::text FROM chat_message m UNION ALL SELECT j.payload::text FROM graphile_worker._private_jobs j`)
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter(({ text }) => /LPA:|iVBORw/.test(text))).toEqual([])
    expect(errors).toEqual([])
  })
})
