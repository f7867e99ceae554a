import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { randomCode } from './platform/ids.ts'
import type { Shop } from './shop.ts'

const texts = z.object({ name: z.string(), description: z.string(), redeem: z.string(), validity: z.string() })
const catalogue = z.object({
  products: z.array(
    z.object({
      sku: z.string(),
      price: z.number().int(),
      category: z.string(),
      keys: z.number().int(),
      format: z.string(),
      zh: texts,
      en: texts,
    }),
  ),
})

/**
 * Loads the demo catalogue with made-up keys into an empty shop, for someone who looks at it for the first time; once, however
 * many processes start at this moment.
 */
export async function loadDemo(shop: Shop): Promise<void> {
  await shop.alone('demo', async () => {
    if (await shop.catalog.isEmpty()) await load(shop)
  })
}

async function load(shop: Shop): Promise<void> {
  const { products } = catalogue.parse(
    JSON.parse(readFileSync(new URL('../prisma/demo.json', import.meta.url), 'utf8')),
  )
  for (const { sku, price, category, keys, format, zh, en } of products) {
    await shop.catalog.add('system', { sku, name: en.name, price, demo: true })
    const fields = { category, format }
    for (const [field, value] of Object.entries(fields)) await shop.catalog.set('system', sku, field, value)
    for (const [language, words] of Object.entries({ zh, en })) {
      for (const [field, value] of Object.entries(words))
        await shop.catalog.set('system', sku, `${field}.${language}`, value)
    }
    const product = await shop.catalog.product(sku, 'en')
    const rows = Array.from({ length: keys }, () => demoKey(format)).join('\n')
    if (product && keys > 0) await shop.inventory.import('system', product, 'demo', [Buffer.from(rows)])
  }
}

function demoKey(format: string): string {
  const letters = () => randomCode(12).replace(/\d/g, '').padEnd(4, 'K').slice(0, 4)
  const digits = (n: number) => randomCode(n).replace(/\D/g, (letter) => String(letter.charCodeAt(0) % 10))
  // What an eSIM is installed from, with a provider that does not exist.
  if (format === 'qr') return `LPA:1$smdp.example.com$${randomCode(16)}`
  return format === 'pair' ? `${digits(16)},${randomCode(8)}` : `${letters()}-${digits(4)}-${letters()}`
}
