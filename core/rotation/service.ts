import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { recordAudit } from '../audit/service.ts'
import { type Clock, minutes, seconds } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { hasCode, KeytillError } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import { repeat } from '../platform/timer.ts'
import { openBlob, sealBlob } from '../vault/blob.ts'
import type { Keyring, KeyVersion } from '../vault/keyring.ts'
import { rewrapDataKey } from '../vault/sealing.ts'
import type { RotationState } from './model.ts'
import { nextStep } from './policy.ts'
import * as store from './store.ts'

/**
 * The vault's key from one version to the next (R1), while any number of processes sell. Which version is used is a fact of the
 * database, not of a file: nothing is sealed to one that a running process cannot open, and whoever starts without it is refused.
 */
export interface Rotation {
  /** Why this process cannot open all that others seal, and what to do; undefined when it can. */
  trouble(): string | undefined
  state(): Promise<RotationState>
  /**
   * Writes down that these versions are in the key now; those that are known change nothing.
   * @throws KeytillError `vault.version_other` when another key has the number of one
   */
  note(versions: readonly KeyVersion[]): Promise<void>
  /**
   * From the end of the caller's transaction on everything is sealed to this version; every process takes it up within seconds.
   * @throws KeytillError `vault.version_unknown`, `vault.not_everywhere` when a running process does not have it
   */
  activate(sql: Sql, actor: string, version: number): Promise<void>
  /**
   * Seals anew what is sealed to other versions than the one in use, some rows at a time, beside whatever is going on. Can end
   * at any moment and begin again. Returns how much it did, and how much would not open.
   */
  rewrap(progress?: (done: number) => void): Promise<{ readonly done: number; readonly failed: number }>
  /**
   * Gives up what is before the version in use, when nothing needs it any more. `remove` takes it out of the file: doing it
   * again does no harm. @throws KeytillError `vault.still_needed`
   */
  retire(remove: (active: number) => void): Promise<readonly number[]>
  /** Stops following what others do. */
  close(): Promise<void>
}

interface Parts {
  readonly db: Database
  readonly keyring: Keyring
  readonly clock: Clock
  readonly log: Log
  /** what this process does; one that does nothing only looks on, and nobody waits for it */
  readonly roles: readonly string[]
}

/** How often a process says that it is there, and looks which version is used, in ms. */
const BEAT = seconds(5)
/** How often it repeats what is wrong. */
const REMIND = minutes(1)

/**
 * Has a process take part: it seals to the version in use from here on, and follows when that changes.
 * @throws KeytillError `vault.version_missing` when the key here lacks that version
 */
export async function joinRotation({ db, keyring, clock, log, roles }: Parts): Promise<Rotation> {
  const id = randomUUID()
  const me = (): store.Process => ({
    name: `${hostname()} ${process.pid} (${roles.join(', ')})`,
    keys: keyring.versions.map(({ hash }) => hash),
    uses: keyring.keyVersion,
  })
  const say = async (sql: Sql) => void (roles.length > 0 && (await store.beat(sql, id, me())))
  let problem: string | undefined

  await db.transaction(async (sql) => {
    await store.takeTurn(sql)
    await store.begin(sql, keyring.versions.at(-1) as KeyVersion, clock())
    const missing = lacking(keyring, await store.activeVersion(sql))
    if (missing !== undefined) throw new KeytillError('vault.version_missing', missing)
    keyring.use((await store.activeVersion(sql)).version)
    await store.forgetDead(sql)
    await say(sql)
  })
  problem = await unopenable(db, keyring)

  async function beat(): Promise<void> {
    const active = await store.activeVersion(db)
    const missing = lacking(keyring, active)
    if (missing === undefined) keyring.use(active.version)
    problem = missing ?? (await unopenable(db, keyring))
    await say(db)
  }
  const stops = [
    repeat(BEAT, beat, log),
    repeat(
      REMIND,
      async () => void (problem && log.error({ problem }, 'the vault key here is not the whole key')),
      log,
    ),
  ]

  async function stateIn(sql: Sql): Promise<RotationState> {
    const [active, known, all] = [
      await store.activeVersion(sql),
      await store.versions(sql),
      await store.processes(sql, id),
    ]
    const held = keyring.versions.map(({ version }) => version)
    const next = keyring.versions.find(({ version }) => version > active.version)
    const before = (version: number) => version < active.version
    const old = new Set([
      ...held.filter(before),
      ...known.filter(({ version, retiredAt }) => before(version) && !retiredAt).map(({ version }) => version),
    ])
    const hashes = known.filter(({ version }) => before(version)).map(({ hash }) => hash)
    const has = (keys: readonly Buffer[], hash: Buffer | undefined) =>
      hash !== undefined && keys.some((one) => one.equals(hash))
    return {
      active: active.version,
      activatedAt: active.activatedAt,
      held,
      next,
      old: [...old].sort((a, b) => a - b),
      processes: all.map(({ name, keys, uses }) => ({
        name,
        uses,
        hasNext: has(keys, next?.hash),
        hasOld: hashes.some((hash) => has(keys, hash)),
      })),
      left: await store.countLeft(sql, active.version),
    }
  }

  return {
    trouble: () => problem,
    state: () => stateIn(db),
    note: (versions) =>
      db.transaction(async (sql) => {
        await store.takeTurn(sql)
        for (const one of versions) {
          if (await store.addVersion(sql, one, clock())) await tell(sql, 'operator', 'vault.version_added', one.version)
          const known = (await store.versions(sql)).find(({ version }) => version === one.version)
          if (!known?.hash.equals(one.hash))
            throw new KeytillError(
              'vault.version_other',
              `Version ${one.version} in the key here is not the one that other processes have: put the same file everywhere.`,
            )
        }
      }),
    async activate(sql, actor, version) {
      await store.takeTurn(sql)
      const wanted = (await store.versions(sql)).find((one) => one.version === version)
      if (!wanted || wanted.retiredAt)
        throw new KeytillError('vault.version_unknown', `There is no version ${version} of the vault key to be used.`)
      if (wanted.activatedAt) return
      // The process that does it too: with two people it is the one the second of them talks to.
      const running = [me(), ...(await store.processes(sql, id))]
      const without = running.filter(({ keys }) => !keys.some((hash) => hash.equals(wanted.hash)))
      if (without.length > 0)
        throw new KeytillError(
          'vault.not_everywhere',
          `${without.length} of ${running.length} processes do not have version ${version} of the vault key yet: restart ${without.map(({ name }) => name).join(', ')}.`,
        )
      await store.activate(sql, version, clock())
      await tell(sql, actor, 'vault.activated', version)
    },
    async rewrap(progress) {
      // Of another process's switch this one learns a moment later.
      await beat()
      if (problem !== undefined) throw new KeytillError('vault.version_missing', problem)
      const active = keyring.keyVersion
      let done = 0
      let failed = 0
      const count = (changed: number) => {
        done += changed
        progress?.(done)
      }
      for await (const found of batches(db, active)) {
        const resealed = found.flatMap((batch) => {
          const place = { ...batch, batchId: batch.id }
          const sealed = attempt(() => rewrapDataKey(keyring, place).sealedDataKey)
          return sealed ? [{ id: batch.id, before: batch.sealedDataKey, sealed }] : []
        })
        failed += found.length - resealed.length
        count(await store.rewrapBatches(db, active, resealed))
      }
      for (const [table, { purpose }] of store.BLOBS.entries()) {
        for await (const found of blobs(db, table, active)) {
          const resealed = found.flatMap(({ id: row, sealed: before }) => {
            const sealed = attempt(() => sealBlob(keyring, purpose, openBlob(keyring, purpose, before)))
            return sealed ? [{ id: row, before, sealed }] : []
          })
          failed += found.length - resealed.length
          count(await store.rewriteBlobs(db, table, resealed))
        }
      }
      await db.transaction((sql) => tell(sql, 'operator', 'vault.rewrapped', active, { done, failed }))
      return { done, failed }
    },
    retire: (remove) =>
      db.transaction(async (sql) => {
        await store.takeTurn(sql)
        const state = await stateIn(sql)
        const step = nextStep(state, clock())
        if (step.kind !== 'retire') throw new KeytillError('vault.still_needed', whyNot(state, step.kind))
        remove(state.active)
        const retired = await store.retireBefore(sql, state.active, clock())
        for (const version of retired) await tell(sql, 'operator', 'vault.retired', version)
        return state.old
      }),
    async close() {
      for (const stop of stops) await stop()
      // Without a database others will notice by themselves.
      await store.leave(db, id).catch(() => {})
    },
  }

  function tell(sql: Sql, actor: string, action: string, version: number, data = {}): Promise<void> {
    return recordAudit(sql, clock(), { actor, action, subject: 'shop:vault', data: { version, ...data } })
  }
}

/**
 * What a key lacks of what this database is sealed to, for whoever is about to start a shop with them; undefined when nothing.
 * Changes nothing, and takes a database of an older version of the program as it is.
 */
export async function missingVersions(sql: Sql, keyring: Keyring): Promise<string | undefined> {
  const active = (await store.hasVersions(sql)) ? await store.activeVersion(sql) : undefined
  return (active && lacking(keyring, active)) ?? unopenable(sql, keyring)
}

function lacking(keyring: Keyring, active: KeyVersion): string | undefined {
  const mine = keyring.versions.find(({ version }) => version === active.version)
  if (mine?.hash.equals(active.hash)) return undefined
  const what = mine ? `holds another version ${active.version} than the one` : `lacks version ${active.version}, which`
  return `The vault key here ${what} everything is sealed to. ${WHERE} Then start this process again.`
}

async function unopenable(sql: Sql, keyring: Keyring): Promise<string | undefined> {
  const held = new Set(keyring.versions.map(({ version }) => version))
  const missing = (await store.neededVersions(sql)).filter((version) => !held.has(version))
  if (missing.length === 0) return undefined
  return `Keys are still sealed to version ${missing.join(', ')} of the vault key, which the key here lacks. ${WHERE} Then start this process again.`
}

const WHERE =
  'Put the key of that time in place: vault.key in KEYTILL_DATA (the one before stands beside it as vault.key.before-… or vault.key.retired-…), or KEYTILL_VAULT_KEY.'

/** Undefined for what does not open, whose place is passed over; that a version is missing ends everything. */
function attempt(reseal: () => Buffer): Buffer | undefined {
  try {
    return reseal()
  } catch (error) {
    if (hasCode(error, 'vault.open_failed')) return undefined
    throw error
  }
}

async function* batches(sql: Sql, active: number) {
  for (let found = await store.batchesAfter(sql, active, 0); found.length > 0; ) {
    yield found
    found = await store.batchesAfter(sql, active, (found.at(-1) as (typeof found)[number]).id)
  }
}

async function* blobs(sql: Sql, table: number, active: number) {
  for (let found = await store.blobsAfter(sql, table, active, 0n); found.length > 0; ) {
    yield found
    found = await store.blobsAfter(sql, table, active, (found.at(-1) as (typeof found)[number]).id)
  }
}

function whyNot({ active, left }: RotationState, step: string): string {
  if (step === 'rewrap')
    return `The version before ${active} is still needed: ${left.map(({ what, count }) => `${count} ${what}`).join(', ')}. Seal them anew first (--rewrap).`
  if (step === 'wait') return 'Some processes may still be sealing to the version before: try again in a minute.'
  return `There is nothing before version ${active} to be retired.`
}
