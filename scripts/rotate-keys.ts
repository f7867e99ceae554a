/**
 * `npm run rotate-keys [-- --add | --activate | --rewrap | --retire]`: changes the vault's key while the shop runs, in steps that
 * can each be interrupted and done again. Without one it says how things stand, and what is next.
 */

import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { reachDatabase } from '../core/platform/database/reach.ts'
import { KeytillError } from '../core/platform/errors.ts'
import { createLog } from '../core/platform/log.ts'
import { readSettings, type Settings } from '../core/platform/settings.ts'
import type { Left, RotationState, Step } from '../core/rotation/model.ts'
import { nextStep } from '../core/rotation/policy.ts'
import { createShop, type Shop } from '../core/shop.ts'
import { addKeyVersion, type Changed, retireKeyVersions } from '../core/vault/key-rotation.ts'
import { openKeyring } from '../core/vault/keyring.ts'
import { command, progressLine } from './command.ts'

const USAGE = `usage: npm run rotate-keys [-- --add | --activate | --rewrap | --retire]

  without one  says how things stand, and what is next
  --add        makes the next version of the vault key; nothing is sealed to it yet
  --activate   from now on everything is sealed to it, once every process has it
  --rewrap     seals anew what is sealed to the version before, while the shop goes on
  --retire     takes the version before out of the key, once nothing needs it`

const STEPS = ['add', 'activate', 'rewrap', 'retire'] as const

const DO: Readonly<Record<(typeof STEPS)[number], (shop: Shop, settings: Settings) => Promise<void>>> = {
  async add(shop, settings) {
    const state = await shop.rotation.state()
    if (state.old.length > 0 || state.left.length > 0)
      throw new KeytillError('vault.still_needed', `Finish the change that was begun first. ${advice(state, shop)}`)
    const place = { dataDir: settings.KEYTILL_DATA, fromEnvironment: settings.KEYTILL_VAULT_KEY }
    const made: Changed | undefined = state.next ? undefined : addKeyVersion(place, () => shop.clock().getTime())
    const { versions } = made ?? openKeyring({ ...place, createIfMissing: false }).keyring
    await shop.rotation.note(versions)
    const version = versions.at(-1)?.version
    console.log(
      made
        ? `Version ${version} of the vault key is made; nothing is sealed to it yet.`
        : `Version ${version} of the vault key is there already.`,
    )
    if (made) console.log(give(settings, made.path))
    console.log(`Restart every process. Then: npm run rotate-keys -- --activate`)
  },
  async activate(shop, settings) {
    const { next, active, old } = await shop.rotation.state()
    if (!next) {
      const why = old.length > 0 ? `Version ${active} is in use already.` : 'There is no other version to be used.'
      throw new KeytillError('vault.version_unknown', `${why} ${advice(await shop.rotation.state(), shop)}`)
    }
    await shop.rotation.note([next])
    const waiting = await shop.approvals.waitingFor('rotation')
    const request = { version: next.version }
    const outcome = waiting
      ? { waiting: waiting.id }
      : await shop.approvals.submit({ pseudonym: 'operator' }, 'rotation', request, randomUUID())
    if ('waiting' in outcome)
      return console.log(
        `Request #${outcome.waiting} to use version ${next.version} waits for a second person: an owner finds it under /approvals, within 24 hours. Run npm run rotate-keys again afterwards.`,
      )
    console.log(`Version ${next.version} is in use: every process seals to it within seconds.`)
    await tellState(shop, settings)
  },
  async rewrap(shop, settings) {
    const line = progressLine()
    const { left } = await shop.rotation.state()
    const total = left.reduce((sum, { count }) => sum + count, 0)
    try {
      const { done, failed } = await shop.rotation.rewrap((so) => line.show(() => `${so} of ${total} sealed anew`))
      line.clear()
      console.log(`${done} sealed anew.`)
      if (failed > 0)
        console.log(`${failed} would not open with any version, and stay as they are: they were damaged before.`)
    } finally {
      line.clear()
    }
    await tellState(shop, settings)
  },
  async retire(shop, settings) {
    const place = { dataDir: settings.KEYTILL_DATA, fromEnvironment: settings.KEYTILL_VAULT_KEY }
    const changes: Changed[] = []
    const gone = await shop.rotation.retire((active) => changes.push(retireKeyVersions(place, active)))
    console.log(`Version ${gone.join(', ')} of the vault key is retired: it opens nothing any more.`)
    for (const { path, kept } of changes) {
      console.log(give(settings, path))
      // Done again after it was killed: what was kept then is named by the state.
      if (kept === undefined && settings.KEYTILL_VAULT_KEY === undefined) continue
      const old = kept === undefined ? 'the value that KEYTILL_VAULT_KEY has now' : `the key as it was, ${kept},`
      console.log(`Backups made so far still need it: keep ${old} where their keys are, away from the backups.`)
    }
    console.log('A process that runs lets go of it at its next restart.')
  },
}

/** Where the key has to go, for every process to find it. */
const give = (settings: Settings, path: string): string =>
  settings.KEYTILL_VAULT_KEY === undefined
    ? `It is in ${path}. A process with a data folder of its own needs the same file there.`
    : `Set KEYTILL_VAULT_KEY to the content of ${path} in every process, and delete that file afterwards.`

async function tellState(shop: Shop, settings: Settings): Promise<void> {
  const state = await shop.rotation.state()
  const { active, activatedAt, held, processes, left, next } = state
  console.log(
    `Version ${active} of the vault key is in use, since ${minute(activatedAt)}. The key here holds ${held.join(', ')}.`,
  )
  for (const { name, uses, hasNext, hasOld } of processes) {
    const more = [
      `seals to ${uses}`,
      ...(next ? [hasNext ? `has version ${next.version}` : `lacks version ${next.version}`] : []),
      ...(hasOld && active > 1 ? ['still holds an older one'] : []),
    ]
    console.log(`  ${name}: ${more.join(', ')}`)
  }
  if (processes.length === 0)
    console.log('  No other process runs. (Only those of this version of keytill can be seen.)')
  if (left.length > 0) console.log(`Sealed to other versions: ${listed(left)}.`)
  const waiting = await shop.approvals.waitingFor('rotation')
  if (waiting) console.log(`Request #${waiting.id} to use another version waits for a second person, under /approvals.`)
  for (const name of keptFiles(settings))
    console.log(`${name} lies beside the key: older backups need it. Move it to where their keys are kept.`)
  console.log(advice(state, shop))
}

const keptFiles = ({ KEYTILL_DATA }: Settings): string[] =>
  existsSync(KEYTILL_DATA) ? readdirSync(KEYTILL_DATA).filter((name) => name.startsWith('vault.key.retired-')) : []

const listed = (left: readonly Left[]): string => left.map(({ what, count }) => `${count} ${what}`).join(', ')
const minute = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
const advice = (state: RotationState, shop: Shop): string => `Next: ${sentence(nextStep(state, shop.clock()), state)}`

function sentence(step: Step, { next, active }: RotationState): string {
  const run = (name: string) => `npm run rotate-keys -- --${name}`
  switch (step.kind) {
    case 'add':
      return `nothing has to be done. To change the key: ${run('add')}`
    case 'restart': {
      const { lacking, of } = step
      const some = of === 1 ? '1 process runs, and it does' : `${lacking.length} of ${of} processes do`
      return `${some} not have version ${next?.version} yet: give it the key, if it has its own, and restart ${lacking.join('; ')}. Then: ${run('activate')}`
    }
    case 'activate':
      return `every process that runs has version ${next?.version}: ${run('activate')}`
    case 'rewrap':
      return `seal to version ${active} what is sealed to others: ${run('rewrap')}`
    case 'wait':
      return step.slow.length > 0
        ? `wait until these seal to version ${active} too: ${step.slow.join('; ')}. Then: ${run('retire')}`
        : `wait a minute, for what was under way at the switch. Then: ${run('retire')}`
    case 'retire':
      return `nothing needs the version before ${active} any more, but older backups do: ${run('retire')}`
  }
}

await command('change of the vault key', async () => {
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(STEPS.map((name) => [name, { type: 'boolean' as const }])),
      help: { type: 'boolean' as const },
    },
  })
  const wanted = STEPS.filter((name) => (values as Record<string, unknown>)[name] === true)
  if (values.help || wanted.length > 1) {
    console.log(USAGE)
    return values.help ? 0 : 2
  }
  const settings = readSettings(process.env)
  const place = { dataDir: settings.KEYTILL_DATA, fromEnvironment: settings.KEYTILL_VAULT_KEY }
  openKeyring({ ...place, createIfMissing: false })
  const database = await reachDatabase(settings, 'runner')
  try {
    const { connection } = database
    const shop = await createShop(
      { ...settings, KEYTILL_ROLES: [] },
      { log: createLog(settings.LOG_LEVEL), connection },
    )
    try {
      const [step] = wanted
      if (step) await shop.alone('rotate-keys', () => DO[step](shop, settings))
      else await tellState(shop, settings)
      return 0
    } finally {
      await shop.close()
    }
  } finally {
    await database.close()
  }
})
