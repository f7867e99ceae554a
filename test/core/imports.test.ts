import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

interface Import {
  readonly from: string
  /** a path from the root for a file of ours, else the name of a package */
  readonly to: string
}

/** Every `import … from '…'`, `export … from '…'` and `import('…')` of a folder's TypeScript files. */
function importsOf(folder: string): Import[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((file) => file.endsWith('.ts'))
    .flatMap((from) =>
      Array.from(
        readFileSync(join(ROOT, from), 'utf8').matchAll(/(?:^|\s)(?:from|import)\s*\(?\s*'([^'\s]+)'/gm),
        ([, to = '']) => ({ from, to: to.startsWith('.') ? posix.join(posix.dirname(from), to) : to }),
      ),
    )
}

const featureOf = (file: string) => /^core\/([^/]+)\//.exec(file)?.[1]
const isPackage = (to: string, ...names: string[]) => names.some((name) => to === name || to.startsWith(`${name}/`))

/** Each rule of the house, as what breaks it. */
const BREAKS: Readonly<Record<string, (found: Import) => boolean>> = {
  'core knows no channel': ({ from, to }) => from.startsWith('core/') && /^(bots|scripts|test)\//.test(to),
  'the shop knows no script and no test': ({ from, to }) => /^(bots|core)\//.test(from) && /^(scripts|test)\//.test(to),
  'a store is its feature’s own': ({ from, to }) =>
    /^core\/[^/]+\/store\.ts$/.test(to) && featureOf(from) !== featureOf(to),
  'the statements of the sale are its own': ({ from, to }) =>
    to === 'core/sale/statements.ts' && featureOf(from) !== 'sale',
  'the dialogue names no platform': ({ from, to }) =>
    from.startsWith('bots/dialogue/') && /^bots\/(?!dialogue\/)[^/]+\//.test(to),
  'only stores and the platform know Prisma': ({ from, to }) =>
    (to.startsWith('prisma/client/') || isPackage(to, '@prisma')) &&
    !/^core\/(platform\/database\/|[^/]+\/store\.ts$)/.test(from),
  'only the platform knows PostgreSQL': ({ from, to }) =>
    isPackage(to, 'pg', 'graphile-worker') && !from.startsWith('core/platform/'),
  'only the platform knows Redis': ({ from, to }) =>
    isPackage(to, 'redis', '@redis') && from !== 'core/platform/redis.ts',
  'only the shop bot knows grammY': ({ from, to }) =>
    isPackage(to, 'grammy', '@grammyjs') && !from.startsWith('bots/telegram/'),
  'only the staff bot knows Telegraf': ({ from, to }) =>
    isPackage(to, 'telegraf') && !from.startsWith('bots/telegram-staff/'),
  'only the WeChat channel knows Wechaty': ({ from, to }) =>
    to.startsWith('wechaty') && !from.startsWith('bots/wechat/'),
  'only the web channel knows Fastify': ({ from, to }) =>
    isPackage(to, 'fastify', '@fastify') && !from.startsWith('bots/web/'),
}

describe('an import that breaks a rule is seen', () => {
  it.each<[string, string, string]>([
    ['core knows no channel', 'core/shop.ts', 'bots/main.ts'],
    ['the shop knows no script and no test', 'bots/main.ts', 'test/fakes/telegram.ts'],
    ['a store is its feature’s own', 'core/orders/service.ts', 'core/payments/store.ts'],
    ['a store is its feature’s own', 'bots/dialogue/router.ts', 'core/payments/store.ts'],
    ['a store is its feature’s own', 'core/shop.ts', 'core/payments/store.ts'],
    ['the statements of the sale are its own', 'core/payments/service.ts', 'core/sale/statements.ts'],
    ['the dialogue names no platform', 'bots/dialogue/router.ts', 'bots/telegram/channel.ts'],
    ['only stores and the platform know Prisma', 'core/orders/service.ts', 'prisma/client/client.ts'],
    ['only stores and the platform know Prisma', 'core/shop.ts', '@prisma/client'],
    ['only the platform knows PostgreSQL', 'core/orders/store.ts', 'pg'],
    ['only the platform knows Redis', 'core/platform/jobs.ts', 'redis'],
    ['only the shop bot knows grammY', 'bots/telegram-staff/bot.ts', 'grammy'],
    ['only the shop bot knows grammY', 'bots/channels.ts', '@grammyjs/auto-retry'],
    ['only the staff bot knows Telegraf', 'bots/telegram/bot.ts', 'telegraf/types'],
    ['only the WeChat channel knows Wechaty', 'bots/channels.ts', 'wechaty-puppet'],
    ['only the web channel knows Fastify', 'core/shop.ts', 'fastify'],
  ])('%s: %s → %s', (rule, from, to) => {
    expect(BREAKS[rule]?.({ from, to })).toBe(true)
  })
})

const imports = ['bots', 'core'].flatMap(importsOf)

it('reads the imports there are', () => {
  expect(imports).toContainEqual({ from: 'core/shop.ts', to: 'core/sale/service.ts' })
  expect(imports).toContainEqual({ from: 'core/orders/store.ts', to: 'core/orders/model.ts' })
  expect(imports).toContainEqual({ from: 'core/platform/jobs.ts', to: 'graphile-worker' })
  expect(imports.length).toBeGreaterThan(300)
})

it.each(Object.keys(BREAKS))('%s', (rule) => {
  expect(imports.filter((found) => BREAKS[rule]?.(found))).toEqual([])
})
