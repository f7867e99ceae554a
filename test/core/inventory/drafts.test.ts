import { beforeAll, describe, expect, it } from 'vitest'
import type { ImportTarget } from '../../../core/inventory/service.ts'
import { hours } from '../../../core/platform/clock.ts'
import { type Buyer, openShop, type Stand, type Stocked } from '../../stand/shop.ts'

let stand: Stand
let staff: Buyer
beforeAll(async () => {
  stand = await openShop()
  staff = await stand.meet()
})

const gone = expect.objectContaining({ code: 'import.gone' })
const target = async (sku: string): Promise<ImportTarget> => {
  const product = await stand.shop.catalog.product(sku, 'en')
  if (!product) throw new Error('no product')
  return product
}
async function draftOf(product: Stocked, ...parts: string[]): Promise<number> {
  const draft = await stand.shop.inventory.startDraft(staff, product, 'paste')
  for (const [index, part] of parts.entries())
    await stand.shop.inventory.addToDraft(staff, draft, `event-${index}`, Buffer.from(part))
  return draft
}
const levelOf = async ({ sku }: Stocked) => (await stand.shop.inventory.levels(sku, 0)).items[0]?.available

describe('a draft of an import', () => {
  it('is previewed as often as wanted, and imported once', async () => {
    const product = await stand.product(0)
    const draft = await draftOf(product, 'D-1\nD-2\nD-1')
    const expected = { sku: product.sku, added: 2, duplicates: 1, malformed: 0 }
    expect(await stand.shop.inventory.previewDraft(staff, draft, target)).toMatchObject(expected)
    expect(await stand.shop.inventory.previewDraft(staff, draft, target)).toMatchObject(expected)
    expect(await levelOf(product)).toBe(0)
    expect(await stand.shop.inventory.confirmDraft(staff, draft, target)).toMatchObject(expected)
    expect(await levelOf(product)).toBe(2)
    await expect(stand.shop.inventory.confirmDraft(staff, draft, target)).rejects.toThrow(gone)
    await expect(stand.shop.inventory.previewDraft(staff, draft, target)).rejects.toThrow(gone)
  })

  it('is imported once when it is confirmed twice at the same moment', async () => {
    const product = await stand.product(0)
    const draft = await draftOf(product, 'TWICE-1\nTWICE-2')
    const done = await Promise.allSettled([1, 2].map(() => stand.shop.inventory.confirmDraft(staff, draft, target)))
    const added = done.map((result) => (result.status === 'fulfilled' ? result.value.added : 0))
    expect(added.reduce((sum, count) => sum + count, 0)).toBe(2)
    expect(await levelOf(product)).toBe(2)
  })

  it('joins the messages of a long paste at line ends, each message once', async () => {
    const product = await stand.product(0)
    const draft = await draftOf(product, 'J-1\nJ-2', 'J-3\r\n', 'J-4')
    await stand.shop.inventory.addToDraft(staff, draft, 'event-1', Buffer.from('J-3\r\n'))
    await stand.shop.inventory.addToDraft(staff, draft, 'event-1', Buffer.from('J-9'))
    expect(await stand.shop.inventory.confirmDraft(staff, draft, target)).toMatchObject({ added: 4, duplicates: 0 })
    expect(await stand.shop.inventory.find({ text: 'J-9' })).toBeUndefined()
  })

  it('joins a line that the chat has cut, in a paste and never between files', async () => {
    const product = await stand.product(0, { format: 'code:AAA-99999' })
    const text = Array.from({ length: 500 }, (_, index) => `CUT-${10_000 + index}`).join('\n')
    const parts = [text.slice(0, 4094), text.slice(4094)]
    const pasted = await draftOf(product, ...parts)
    expect(await stand.shop.inventory.previewDraft(staff, pasted, target)).toMatchObject({ added: 500, malformed: 0 })
    const file = await stand.shop.inventory.startDraft(staff, product, 'file')
    for (const [index, part] of parts.entries())
      await stand.shop.inventory.addToDraft(staff, file, `file-${index}`, Buffer.from(part))
    expect(await stand.shop.inventory.previewDraft(staff, file, target)).toMatchObject({ added: 499, malformed: 2 })
    expect(await stand.shop.inventory.confirmDraft(staff, pasted, target)).toMatchObject({ added: 500, malformed: 0 })
  })

  it('can hold a file that is not UTF-8', async () => {
    const product = await stand.product(0)
    const draft = await stand.shop.inventory.startDraft(staff, product, 'file')
    const file = Buffer.from('\ufeff卡密\r\nU-1\r\nU-2\r\n', 'utf16le')
    await stand.shop.inventory.addToDraft(staff, draft, 'file', file)
    expect(await stand.shop.inventory.confirmDraft(staff, draft, target)).toMatchObject({ added: 2, malformed: 0 })
  })

  it('is sealed while it waits', async () => {
    const product = await stand.product(0)
    const draft = await draftOf(product, 'SEALED-DRAFT-1')
    const [part] = await stand.rows<{ sealed: Buffer }>('SELECT sealed FROM import_draft_part WHERE draft_id = $1', [
      draft,
    ])
    expect(part?.sealed.includes('SEALED-DRAFT')).toBe(false)
  })

  it('is nobody else’s business', async () => {
    const product = await stand.product(0)
    const draft = await draftOf(product, 'MINE-1')
    const other = await stand.meet()
    await expect(stand.shop.inventory.previewDraft(other, draft, target)).rejects.toThrow(gone)
    await expect(stand.shop.inventory.confirmDraft(other, draft, target)).rejects.toThrow(gone)
    await expect(stand.shop.inventory.dropDraft(other, draft)).rejects.toThrow(gone)
    await expect(stand.shop.inventory.addToDraft(other, draft, 'theirs', Buffer.from('THEIRS-1'))).rejects.toThrow(gone)
    expect(await stand.shop.inventory.confirmDraft(staff, draft, target)).toMatchObject({ added: 1 })
    expect(await stand.shop.inventory.find({ text: 'THEIRS-1' })).toBeUndefined()
  })

  it('can be dropped, and then leaves nothing', async () => {
    const product = await stand.product(0)
    const draft = await draftOf(product, 'DROPPED-1')
    await stand.shop.inventory.dropDraft(staff, draft)
    await expect(stand.shop.inventory.confirmDraft(staff, draft, target)).rejects.toThrow(gone)
    await expect(stand.shop.inventory.addToDraft(staff, draft, 'late', Buffer.from('LATE-1'))).rejects.toThrow(gone)
    expect(await stand.rows('SELECT FROM import_draft_part WHERE draft_id = $1', [draft])).toHaveLength(0)
  })

  it('is forgotten after a day', async () => {
    const product = await stand.product(0)
    const draft = await draftOf(product, 'OLD-1')
    stand.clock.advance(hours(24))
    await stand.shop.inventory.dropOldDrafts()
    await stand.shop.inventory.previewDraft(staff, draft, target)
    stand.clock.advance(1)
    await stand.shop.inventory.dropOldDrafts()
    await expect(stand.shop.inventory.previewDraft(staff, draft, target)).rejects.toThrow(gone)
  })

  it('that is no text is refused by its preview', async () => {
    const product = await stand.product(0)
    const draft = await stand.shop.inventory.startDraft(staff, product, 'file')
    await stand.shop.inventory.addToDraft(staff, draft, 'file', Buffer.from('PK\u0003\u0004\u0000'))
    await expect(stand.shop.inventory.previewDraft(staff, draft, target)).rejects.toThrow(
      expect.objectContaining({ code: 'import.binary' }),
    )
  })
})

it('writes down who imported what, never which keys', async () => {
  const product = await stand.product(0)
  const draft = await draftOf(product, 'AUDIT-1\nAUDIT-1\n"')
  await stand.shop.inventory.confirmDraft(staff, draft, target)
  const [entry] = await stand.rows(
    `SELECT actor, data FROM audit_entry WHERE action = 'keys.imported' ORDER BY id DESC LIMIT 1`,
  )
  expect(entry).toEqual({
    actor: staff.pseudonym,
    data: { sku: product.sku, source: 'paste', added: 1, duplicates: 1, malformed: 1 },
  })
})
