/** The directions of imports between the parts of the shop, checked by `npm run check`. */
const only = (name, packages, folders, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { pathNot: folders },
  to: { path: `^(node_modules/)?(${packages})(/|$)` },
})

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'types alone may look back: they are gone when the program runs',
      severity: 'error',
      from: { pathNot: '^prisma/client/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'core-knows-no-channel',
      comment: 'imports flow bots → core → database client',
      severity: 'error',
      from: { path: '^core/' },
      to: { path: '^(bots|scripts|test)/' },
    },
    {
      name: 'nothing-imports-scripts-or-tests',
      severity: 'error',
      from: { path: '^(bots|core)/' },
      to: { path: '^(scripts|test)/' },
    },
    {
      name: 'store-is-private',
      comment: 'a feature’s tables are touched by its own store.ts, which only its own folder imports',
      severity: 'error',
      from: { path: '^core/([^/]+)/' },
      to: { path: '^core/[^/]+/store\\.ts$', pathNot: '^core/$1/' },
    },
    {
      name: 'store-is-private-to-core',
      severity: 'error',
      from: { path: '^(bots|scripts)/|^core/[^/]+\\.ts$' },
      to: { path: '^core/[^/]+/store\\.ts$' },
    },
    {
      name: 'statements-of-the-sale-are-private',
      comment: 'they write several features’ tables',
      severity: 'error',
      from: { pathNot: '^core/sale/' },
      to: { path: '^core/sale/statements\\.ts$' },
    },
    {
      name: 'dialogue-knows-no-platform',
      comment: 'the conversation is written once and names no channel',
      severity: 'error',
      from: { path: '^bots/dialogue/' },
      to: { path: '^bots/(telegram|telegram-staff|wechat|web|terminal)/' },
    },
    {
      name: 'prisma-client',
      severity: 'error',
      from: { pathNot: '^(prisma/client/|core/platform/database/|core/[^/]+/store\\.ts$)' },
      to: { path: '^(prisma/client/|(node_modules/)?@prisma/(client|adapter-pg)/)' },
    },
    only('grammy', 'grammy|@grammyjs', '^bots/telegram/', 'the shop bot only'),
    only('telegraf', 'telegraf', '^bots/telegram-staff/', 'the staff bot only'),
    only(
      'wechaty',
      'wechaty|wechaty-puppet.*',
      '^(test/)?bots/wechat/',
      'the WeChat channel only, and what plays WeChat for it',
    ),
    only('fastify', 'fastify|@fastify', '^bots/web/', 'the web channel only'),
    only('redis', 'redis|@redis', '^core/platform/redis\\.ts$', 'the platform only'),
    only(
      'postgres',
      'pg|graphile-worker',
      '^(core/platform|scripts|test)/',
      'the platform, and what looks past it to measure or test',
    ),
  ],
  options: {
    doNotFollow: { path: '^(node_modules|prisma/client)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
