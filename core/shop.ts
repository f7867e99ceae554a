import { type AccessTokens, createAccessTokens } from './access-tokens/service.ts'
import { type Allowances, createAllowances } from './allowances/service.ts'
import { type Approvals, createApprovals } from './approvals/service.ts'
import { type Audit, createAudit } from './audit/service.ts'
import { type Broadcast, openBroadcast } from './broadcast/service.ts'
import { type Catalog, createCatalog } from './catalog/service.ts'
import { type Chats, createChats } from './chats/service.ts'
import { type Claims, createClaims } from './claims/service.ts'
import { type Complaints, createComplaints } from './complaints/service.ts'
import { type Customers, createCustomers } from './customers/service.ts'
import { createDeferred, type Deferred } from './deferred/service.ts'
import { createDelivery, type Delivery } from './delivery/service.ts'
import { awaitFeedback, createFeedback, type Feedback } from './feedback/service.ts'
import { createExports, type Exports } from './inventory/exporting.ts'
import { createInventory, type Inventory } from './inventory/service.ts'
import { createLinking, type Linking } from './linking/service.ts'
import { createMarketing, type Marketing } from './marketing/service.ts'
import type { Messenger } from './notifications/provider.ts'
import { tellStaffOfRoot } from './notifications/service.ts'
import { noticeTasks } from './notifications/tasks.ts'
import { createQuotas, type Quotas } from './orders/quotas.ts'
import { createOrders, type Orders } from './orders/service.ts'
import { createOutages, type Outages } from './outages/service.ts'
import { traitsOf } from './payments/policy.ts'
import type { PaymentProvider } from './payments/provider.ts'
import { sandbox } from './payments/providers/sandbox.ts'
import { wallet } from './payments/providers/wallet.ts'
import { createPayments, type Payments } from './payments/service.ts'
import { type Clock, minutes, seconds, systemClock } from './platform/clock.ts'
import { type Connection, openDatabase, prepareDatabase } from './platform/database/database.ts'
import { startEmbedded } from './platform/database/embedded/server.ts'
import { openLanes } from './platform/database/lanes.ts'
import { openEars } from './platform/database/listen.ts'
import { runJobs } from './platform/jobs.ts'
import { alone, type Leadership, lockOf, tryToLead } from './platform/leader.ts'
import { type CreateLimiter, createLimiters } from './platform/limits.ts'
import type { Log } from './platform/log.ts'
import { createMetrics, type Metrics } from './platform/metrics.ts'
import { type Relay, startRelay } from './platform/outbox.ts'
import { type Settings, sandboxOffered } from './platform/settings.ts'
import { repeat } from './platform/timer.ts'
import { within } from './platform/within.ts'
import { createPrivacy, type Privacy } from './privacy/service.ts'
import { createProfiles, type Profiles } from './profile/service.ts'
import { createDeadLetters, type DeadLetters } from './reports/dead-letters.ts'
import { createReconciliation, type Reconciliation } from './reports/reconciliation.ts'
import { createReports, type Reports } from './reports/service.ts'
import { createHttpSms } from './risk/providers/http-sms.ts'
import { createRisk, type Risk } from './risk/service.ts'
import { joinRotation, type Rotation } from './rotation/service.ts'
import { adjustWallet } from './sale/adjust-wallet.ts'
import { LANES } from './sale/gathering.ts'
import { createHints, STOCK_NEWS, stockNews } from './sale/hint.ts'
import { createSale, type Sale } from './sale/service.ts'
import { createSecondFactors, type SecondFactors } from './second-factor/service.ts'
import { changeSecurity, createSecuritySettings, type SecuritySettings } from './security/service.ts'
import { createSources, type Sources } from './sources/service.ts'
import { createStaff, type Staff } from './staff/service.ts'
import { createSupport, type Support } from './support/service.ts'
import { bindVault } from './vault/binding.ts'
import { openKeyring } from './vault/keyring.ts'
import { createWallets, type Wallets } from './wallet/service.ts'

/** The shop: everything a channel, a command or a script can ask of it. */
export interface Shop {
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Log
  readonly catalog: Catalog
  readonly inventory: Inventory
  readonly exports: Exports
  readonly orders: Orders
  readonly quotas: Quotas
  readonly sale: Sale
  readonly payments: Payments
  readonly wallets: Wallets
  readonly delivery: Delivery
  readonly customers: Customers
  readonly linking: Linking
  readonly staff: Staff
  readonly secondFactors: SecondFactors
  readonly security: SecuritySettings
  readonly approvals: Approvals
  readonly rotation: Rotation
  readonly profiles: Profiles
  readonly risk: Risk
  readonly support: Support
  readonly feedback: Feedback
  readonly marketing: Marketing
  readonly sources: Sources
  readonly privacy: Privacy
  readonly complaints: Complaints
  readonly claims: Claims
  readonly reports: Reports
  readonly audit: Audit
  readonly reconciliation: Reconciliation
  readonly chats: Chats
  readonly deferred: Deferred
  readonly outages: Outages
  readonly accessTokens: AccessTokens
  readonly allowances: Allowances
  readonly metrics: Metrics
  readonly deadLetters: DeadLetters
  /** Counts requests, together with the other processes where there is a Redis. */
  readonly limiter: CreateLimiter
  /** whether the pretend payment for demo products is offered */
  readonly sandbox: boolean
  /** what a newcomer should be told once: a vault key was made at this path */
  readonly newVaultKey: string | undefined
  /** Tries to become the one process that does what has this name; see core/platform/leader.ts. */
  lead(name: string): Promise<Leadership | undefined>
  /** Does `work` while no other process does anything under this name; waits for its turn. */
  alone<T>(name: string, work: () => Promise<T>): Promise<T>
  /** Takes part in what processes tell each other about a topic. */
  broadcast(topic: string, hear: (message: Uint8Array) => void): Broadcast
  /**
   * Begins to work: notices through these messengers, and where this process has the worker's role also refunds,
   * deadlines and recovery.
   */
  startWork(messengers: readonly Messenger[]): Promise<void>
  /** What is well and what is not, for the health page. */
  health(): Promise<{ readonly ok: boolean; readonly checks: Readonly<Record<string, string>> }>
  /** Stops working, then lets go of the database. */
  close(): Promise<void>
}

/** What opening a shop takes a while with: making a database, starting its server, waiting for a table that somebody holds. */
export type OpeningStep = 'preparing' | 'starting' | 'waiting'

export interface ShopParts {
  readonly log: Log
  readonly clock?: Clock
  /** payment providers of the channels that are configured */
  readonly providers?: readonly PaymentProvider[]
  /** use this database instead of the one the settings name (tests) */
  readonly connection?: Connection
  onProgress?(step: OpeningStep): void
}

/** How long the health page waits for the database, in ms. */
const HEALTH_WITHIN = seconds(2)

/** Opens the shop that the settings describe: database, schema, vault. @throws KeytillError when one of them cannot be had */
export async function createShop(settings: Settings, parts: ShopParts): Promise<Shop> {
  const { log, clock = systemClock } = parts
  const { keyring, created } = openKeyring({
    dataDir: settings.KEYTILL_DATA,
    fromEnvironment: settings.KEYTILL_VAULT_KEY,
    createIfMissing: true,
  })
  const server =
    parts.connection || settings.DATABASE_URL
      ? undefined
      : await startEmbedded({
          dataDir: settings.KEYTILL_DATA,
          ...(parts.onProgress ? { onProgress: parts.onProgress } : {}),
        })
  const connection: Connection =
    parts.connection ??
    (settings.DATABASE_URL
      ? { connectionString: settings.DATABASE_URL }
      : (server as NonNullable<typeof server>).connection)
  try {
    await prepareDatabase(
      settings.MIGRATE_DATABASE_URL ? { connectionString: settings.MIGRATE_DATABASE_URL } : connection,
      () => parts.onProgress?.('waiting'),
    )
  } catch (error) {
    await server?.stop()
    throw error
  }
  const db = openDatabase(connection, log)
  let rotation: Rotation
  try {
    await bindVault(db, keyring)
    rotation = await joinRotation({ db, keyring, clock, log, roles: settings.KEYTILL_ROLES })
  } catch (error) {
    await db.close()
    await server?.stop()
    throw error
  }

  const currency = settings.KEYTILL_CURRENCY
  const offered = sandboxOffered(settings)
  const reports = createReports(db, clock)
  const metrics = createMetrics(reports.gauges)
  const deadLetters = createDeadLetters(db, clock)
  const profiles = createProfiles(db, clock)
  const orders = createOrders(db)
  const quotas = createQuotas(db, clock)
  const { SMS_GATEWAY_URL: url, SMS_GATEWAY_TOKEN: token } = settings
  const sms = url && token ? createHttpSms({ url, token }) : undefined
  const risk = createRisk({ db, keyring, clock, log, currency, sms })
  // For the lanes of the sale and those of the payments.
  const lanes = openLanes(connection, 2 * LANES, log)
  const hints = createHints()
  let relay: Relay | undefined
  const ears = openEars(connection, log)
  ears.on(STOCK_NEWS, stockNews(hints))
  // Its library takes long to load, and most shops do without.
  const redis = settings.REDIS_URL
    ? (await import('./platform/redis.ts')).openRedis(settings.REDIS_URL, log)
    : undefined
  const providers = [...(parts.providers ?? []), ...(offered ? [sandbox] : []), wallet]
  const traits = traitsOf(providers)
  const sale = createSale({
    db,
    lanes,
    hints,
    orders,
    traits,
    quotas,
    risk,
    profiles,
    clock,
    log,
    metrics,
    currency,
    demo: offered,
  })
  const inventory = createInventory(db, keyring, clock)
  const exports = createExports(db, keyring, clock)
  const outages = createOutages({ db, metrics, clock })
  const chats = createChats(db, keyring, clock)
  const deferred = createDeferred(db, keyring, clock)
  const delivery = createDelivery({ db, keyring, orders, profiles, clock, onReveal: awaitFeedback })
  const allowances = createAllowances(db, clock)
  const limiter = createLimiters(redis)
  const staff = createStaff(db, clock, settings.KEYTILL_OWNERS, limiter)
  const customers = createCustomers(db, clock, settings.KEYTILL_OWNERS, staff)
  const linking = createLinking(db, clock, limiter)
  const marketing = createMarketing({ db, customers, delivery, profiles, clock, log, currency })
  const feedback = createFeedback({ db, keyring, delivery, profiles, clock })
  const payments = createPayments({
    db,
    keyring,
    lanes,
    onLeft: () => relay?.wake(),
    orders,
    profiles,
    risk,
    traits,
    providers,
    clock,
    log,
    metrics,
  })
  const support = createSupport(db, keyring, delivery, clock)
  const reconciliation = createReconciliation({
    db,
    providers,
    recover: payments.recover,
    bookFees: payments.bookFees,
    clock,
    log,
  })
  const approvals = createApprovals(
    db,
    {
      refund: (sql, actor, { orderNo, reason }) => sale.refundIn(sql, actor, orderNo, reason),
      wallet: (sql, actor, request, ref) => adjustWallet(sql, actor, request, ref, clock()),
      export: exports.take,
      rotation: (sql, actor, { version }) => rotation.activate(sql, actor, version),
      security: (sql, actor, { change }) => changeSecurity(sql, actor, change, clock()),
    },
    clock,
  )
  const audit = createAudit({ db, dataDir: settings.KEYTILL_DATA, clock, log, tell: tellStaffOfRoot })
  const privacy = createPrivacy({ db, keyring, delivery, marketing, profiles, clock })
  await Promise.all([risk.seed(), staff.seed()])

  const forgetOld = async () =>
    void (await Promise.all([
      inventory.dropOldDrafts(),
      chats.prune(),
      deferred.prune(),
      allowances.prune(),
      delivery.links.prune(),
      risk.challenges.prune(),
      linking.prune(),
    ]))
  const stops: (() => Promise<void>)[] = []
  return {
    settings,
    clock,
    log,
    catalog: createCatalog(db, clock, currency, offered),
    inventory,
    exports,
    orders,
    quotas,
    sale,
    payments,
    wallets: createWallets(db),
    delivery,
    customers,
    linking,
    staff,
    secondFactors: createSecondFactors(db, keyring, clock),
    security: createSecuritySettings(db),
    approvals,
    rotation,
    profiles,
    risk,
    support,
    feedback,
    marketing,
    sources: createSources(db, clock),
    privacy,
    complaints: createComplaints({ db, delivery, support, traits, clock }),
    claims: createClaims(db, clock),
    reports,
    audit,
    reconciliation,
    chats,
    deferred,
    outages,
    accessTokens: createAccessTokens(db, keyring, clock, log),
    allowances,
    metrics,
    deadLetters,
    limiter,
    sandbox: offered,
    newVaultKey: created ? `${settings.KEYTILL_DATA}/vault.key` : undefined,
    lead: (name) => tryToLead(db, lockOf(name)),
    alone: (name, work) => alone(db, lockOf(name), work),
    broadcast: (topic, hear) => openBroadcast({ db, ears, keyring, log }, topic, hear),
    async startWork(messengers) {
      const works = settings.KEYTILL_ROLES.includes('worker')
      const jobs = await runJobs(
        db.pool,
        {
          ...noticeTasks(db, messengers, { hasStaffBot: settings.STAFF_BOT_TOKEN !== undefined }),
          ...marketing.tasks(messengers),
          ...(works ? { ...payments.tasks, ...reconciliation.tasks } : {}),
        },
        log,
      )
      stops.push(jobs.stop)
      if (!works) return
      relay = startRelay(db, log)
      await payments.recover()
      stops.push(
        repeat(seconds(10), payments.intents.watch, log),
        repeat(seconds(2), async () => void (await sale.releaseDue()), log),
        repeat(minutes(1), payments.recover, log),
        repeat(minutes(1), async () => void (await sale.decideOverdue()), log),
        repeat(minutes(1), deadLetters.tell, log),
        repeat(minutes(1), approvals.expire, log),
        repeat(minutes(1), async () => void (await feedback.askDue()), log),
        repeat(seconds(5), marketing.tick, log),
        repeat(minutes(5), reconciliation.daily, log),
        repeat(minutes(60), forgetOld, log),
        repeat(minutes(10), privacy.nightly, log),
        // stopped last, so that what the others still do is sealed too
        audit.seal().stop,
      )
    },
    async health() {
      const database = await within(HEALTH_WITHIN, db.pool.query('SELECT 1')).then(
        () => 'ok',
        () => 'does not answer',
      )
      // Without Redis or a channel the shop goes on, and is well.
      const beside = redis ? { redis: redis.isReady ? 'ok' : 'away' } : {}
      // One that lacks a version of the key sells on, but what others seal stays shut to it.
      const trouble = rotation.trouble()
      const wrong = trouble === undefined ? {} : { vault: trouble }
      return {
        ok: database === 'ok' && trouble === undefined,
        checks: { database, ...beside, ...outages.checks(), ...wrong },
      }
    },
    async close() {
      for (const stop of stops.splice(0)) await stop()
      await rotation.close()
      await relay?.stop()
      chats.close()
      redis?.close()
      await ears.stop()
      await lanes.close()
      await db.close()
      await server?.stop()
    },
  }
}
