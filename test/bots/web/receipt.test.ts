import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Receipt } from '../../../core/audit/model.ts'
import { openShop } from '../../stand/shop.ts'
import { findBrowser, launchBrowser, openChat } from './browser.ts'
import { openStand, type Stand } from './stand.ts'

let web: Stand
beforeAll(async () => {
  web = await openStand(async () => {})
})
afterAll(() => web.close())

it('comes whole from the shop, under a policy that lets it send nothing', async () => {
  const page = await fetch(`${web.local}/receipt`)
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self'")
  expect(policy).not.toMatch(/connect-src|unsafe|https?:/)
  const parts = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part]) => part)
  expect(parts).toEqual(['icon.svg', 'paper.css', 'receipt.css', 'receipt.js'])
  for (const part of parts) expect((await fetch(`${web.local}/${part}`)).status).toBe(200)
  const etag = page.headers.get('etag') ?? ''
  expect((await fetch(`${web.local}/receipt`, { headers: { 'if-none-match': etag } })).status).toBe(304)
})

type Browser = NonNullable<Awaited<ReturnType<typeof launchBrowser>>>
const found = findBrowser()

describe.skipIf(!found.path)(`in a browser${found.reason ? ` (${found.reason})` : ''}`, { timeout: 30_000 }, () => {
  let browser: Browser
  let receipt: Receipt
  beforeAll(async () => {
    const launched = await launchBrowser()
    if (!launched) throw new Error('no browser')
    browser = launched
    const stand = await openShop({ secluded: true })
    const { sku } = await stand.product(2, { name: '卡 <b>' })
    const { no } = await stand.bought(await stand.meet(), sku)
    await stand.work()
    // Stopping seals to the end.
    const beside = await openShop({ beside: stand })
    await stand.close()
    receipt = (await beside.shop.audit.receipt(no)) as Receipt
  }, 60_000)
  afterAll(() => browser?.close())

  /** The page, cut off from every network once it is there. */
  async function open(locale = 'en-GB') {
    const page = await openChat(browser, `${web.local}/receipt`, { locale })
    await page.getByText(locale === 'zh-CN' ? '或粘贴' : 'Choose the file').count()
    await page.waitForLoadState('networkidle')
    await page.context().setOffline(true)
    return page
  }

  it('says that a receipt is signed, offline, and what is in it', async () => {
    const page = await open()
    await page
      .locator('#file')
      .setInputFiles([{ name: 'r.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(receipt)) }])
    await page.locator('[data-outcome="good"]').waitFor()
    const shown = await page.locator('#result').innerText()
    expect(shown).toContain('The receipt is whole and signed')
    expect(shown).toContain(`${receipt.order.slice(0, 4)}-${receipt.order.slice(4)}`)
    expect(shown).toContain('CN¥9.90')
    expect(shown).toContain(receipt.entries[0]?.seal.key)
    await page.context().close()
  })

  it('says in Chinese that a receipt is not, and shows nothing of what it claims', async () => {
    const page = await open('zh-CN')
    const fake = structuredClone(receipt) as unknown as { entries: { entry: { data: string } }[] }
    const { entry } = fake.entries[0] as { entry: { data: string } }
    entry.data = entry.data.replace('990', '1')
    await page.locator('#text').fill(JSON.stringify(fake))
    await page.locator('[data-outcome="bad"]').waitFor()
    const shown = await page.locator('#result').innerText()
    expect(shown).toContain('凭证无效')
    expect(shown).toContain('有记录被改动')
    expect(shown).not.toContain(receipt.order.slice(0, 4))
    await page.locator('#text').fill('hello')
    await page.locator('[data-outcome="unreadable"]').waitFor()
    await page.locator('#text').fill('')
    await page.locator('#result').waitFor({ state: 'hidden' })
    await page.context().close()
  })
})
