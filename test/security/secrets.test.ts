import { randomBytes } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Connection } from '../../core/platform/database/database.ts'
import { type EmbeddedServer, startEmbedded } from '../../core/platform/database/embedded/server.ts'
import { fingerprint } from '../../core/vault/fingerprint.ts'
import { openKeyring } from '../../core/vault/keyring.ts'
import { type Program, startProgram } from '../../scripts/bench/crash/program.ts'
import type { SetFault } from '../fakes/telegram/faults.ts'
import { type FakeTelegram, startFakeTelegram } from '../fakes/telegram/server.ts'
import { type Search, searchFor } from './needles.ts'
import { filesUnder, type Place, tablesOf } from './places.ts'
import { connect, cutOff, freeAddress, refusing, rest, runScript, without } from './shop.ts'
import { type Bought, buy, type Person, press, say, send } from './telegram.ts'
import { importByWeb } from './web.ts'

const TOKEN = '616161:secrets-token-secrets-token'
const BUSY = /We are busy right now/

interface Key {
  readonly code: string
  readonly password: string
}

const random = (length: number) =>
  randomBytes(length * 2)
    .toString('base64')
    .replace(/[+/=]/g, '')
    .slice(0, length)
const keys = Array.from({ length: 1000 }, (): Key => ({ code: random(20), password: random(16) }))
const canary = random(24)
/** Of key n the code is the secret 2n and the password 2n + 1; the last is the canary. */
const secrets = [...keys.flatMap(({ code, password }) => [code, password]), canary]
const linesOf = (some: readonly Key[]) => some.map(({ code, password }) => `${code},${password}`).join('\n')

/** Where each product's keys came from. */
const IMPORTED = {
  PASTE: keys.slice(0, 300),
  FILE: keys.slice(300, 600),
  WEB: keys.slice(600, 800),
  SHELL: keys.slice(800),
}

let folder: string
let data: string
let log: string
let fake: FakeTelegram
let program: Program
let server: EmbeddedServer | undefined
let search: Search
let tables: Place[]
let files: Place[]
/** chats in which each key may stand, told by its number */
let entitled: Map<number, string>
/** where the web server is: known beforehand, because links name it */
let address: string
/** of one-time links */
const tokens: string[] = []

const settings = () => ({
  TELEGRAM_BOT_TOKEN: TOKEN,
  TELEGRAM_API_ROOT: fake.url,
  KEYTILL_DATA: data,
  KEYTILL_OWNERS: 'telegram:1,telegram:2',
  HTTP_PORT: new URL(address).port,
  PUBLIC_URL: address,
  LOG_LEVEL: 'trace',
})
const person = (id: number): Person => fake.user({ id, language_code: 'en' })
const inLog = (words: string) =>
  vi.waitFor(async () => expect(await readFile(log, 'utf8')).toContain(words), { timeout: 15_000, interval: 50 })

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'keytill-secrets-')))
  // Run by root, the server is another user: it has to be able to reach its own folder through this one.
  await chmod(folder, 0o711)
  data = join(folder, 'data')
  log = join(folder, 'program.log')
  fake = await startFakeTelegram({ token: TOKEN, patienceMs: 20_000 })
  address = await freeAddress()
  search = searchFor(secrets)

  await sellKeys()
  await startWithTheWrongVault()

  server = await startEmbedded({ dataDir: data })
  const client = await connect(server.connection)
  await client.query('CREATE TABLE canary (plain text, raw bytea, hex text, base64 text)')
  await client.query('INSERT INTO canary VALUES ($1, $2, $3, $4)', [
    `before ${canary} after`,
    Buffer.from(canary),
    Buffer.from(canary).toString('hex'),
    Buffer.from(`x${canary}`).toString('base64'),
  ])
  appendFileSync(log, `${canary}\n`)
  await client.query('CHECKPOINT')
  tables = await tablesOf(client)
  files = [...filesUnder(join(data, 'pg')), { name: 'program.log', bytes: await readFile(log) }]
  entitled = await entitledTo(client)
  await client.end()
}, 120_000)

afterAll(async () => {
  await server?.stop()
  await program.kill()
  await fake.close()
  await rm(folder, { recursive: true, force: true })
})

/** Everything a shop does with keys, with something going wrong at each step. */
async function sellKeys(): Promise<void> {
  program = startProgram({ settings: settings(), log })
  const greeting = await program.open
  appendFileSync(log, greeting)
  const { connection, owned } = await startEmbedded({ dataDir: data })
  expect(owned).toBe(false)
  const [one, two] = [person(1), person(2)]
  await Promise.all([addProducts(one, 'PASTE', 'FILE'), addProducts(two, 'WEB', 'SHELL')])
  await importByPaste(one, connection)
  await importByFile(two, connection)
  await importFromShell(connection)
  await importByWeb(/http:\S+#claim=\S+/.exec(greeting)?.[0] ?? '', 'WEB', linesOf(IMPORTED.WEB))

  const buyers = [101, 102, 103, 104, 105, 106].map(person)
  const wanted: [string, number][] = [
    ['PASTE', 1],
    ['FILE', 2],
    ['WEB', 1],
    ['SHELL', 12],
    ['PASTE', 3],
    ['FILE', 1],
  ]
  const bought = await Promise.all(buyers.map((buyer, i) => buy(buyer, ...(wanted[i] as [string, number]))))
  const [first, second, third, fourth, fifth, sixth] = bought as [Bought, Bought, Bought, Bought, Bought, Bought]
  const kinds = ['500', '429', 'drop', 'reply-lost'] as const
  await Promise.all(bought.slice(0, 4).map((order, i) => reveal(order, kinds[i])))
  await without(connection, 'reveal', () => press(fifth.person, fifth.news, /Show keys/, BUSY))
  await reveal(fifth)
  await giveLink(fifth, connection)
  await askForHelp(first, connection)
  // One was seen and is written off, the other goes back on the shelf.
  await refund(one, second.no)
  await refund(two, sixth.no)
  await third.person.say(`${IMPORTED.WEB[0]?.code} does it work?`)
  await nameKeys(one, fourth.no)
  await exportKeys(one, connection)
  await rest(fake, connection)
  expect(await program.stop()).toBe(0)
}

async function addProducts(owner: Person, ...skus: string[]): Promise<void> {
  await say(owner, '/start', /Welcome/)
  for (const sku of skus) await say(owner, `/product add ${sku} | Product ${sku} | 9.90 | 50`, /is added/)
}

/** In several messages; the connection breaks in the middle of the import, which is done again. */
async function importByPaste(owner: Person, connection: Connection): Promise<void> {
  const all = IMPORTED.PASTE
  await say(owner, `/import PASTE\n${linesOf(all.slice(0, 100))}`, /New keys: 100$/m)
  fake.fault({ method: 'deleteMessage', kind: '500', times: 2 })
  await say(owner, linesOf(all.slice(100, 200)), /New keys: 200$/m)
  const preview = await say(owner, linesOf(all.slice(200)), /New keys: 300$/m)
  await cutOff(connection, 'card_key', () => press(owner, preview, /Import 300/, /Added: 300$/m))
  // Nothing of this is taken in: it cannot even be kept at first, and is dropped then.
  const since = owner.mark()
  await refusing(connection, 'chat_event', async () => {
    await owner.say(`/import PASTE\n${linesOf(IMPORTED.WEB.slice(0, 50))}`)
    await inLog('updates could not be committed')
  })
  const dropped = await owner.see(/New keys: 50$/m, { since })
  await press(owner, dropped, 'Drop it', /Dropped/)
}

/** One file that is too large, one that cannot be fetched, one that the database refuses; then it works. */
async function importByFile(owner: Person, connection: Connection): Promise<void> {
  const file = { name: 'keys.csv', bytes: Buffer.from(linesOf(IMPORTED.FILE)), caption: '/import FILE' }
  await send(owner, { ...file, size: 21 * 1024 * 1024 }, /too large/)
  fake.fault({ method: 'getFile', kind: '500', times: 1 })
  fake.fault({ method: 'sendMessage', kind: 'drop', when: ({ text }) => String(text).includes('Import preview') })
  const preview = await send(owner, file, /New keys: 300$/m)
  await refusing(connection, 'card_key', () => press(owner, preview, /Import 300/, BUSY))
  await press(owner, preview, /Import 300/, /Added: 300$/m)
}

async function importFromShell(connection: Connection): Promise<void> {
  const path = join(folder, 'keys.csv')
  await writeFile(path, linesOf(IMPORTED.SHELL), { mode: 0o600 })
  const run = () =>
    runScript('scripts/import.ts', [path, '--sku', 'SHELL'], { KEYTILL_DATA: data, LOG_LEVEL: 'trace' }, log)
  expect(await cutOff(connection, 'card_key', run)).toBe(1)
  expect(await run()).toBe(0)
  await rm(path)
}

/** Has the keys shown; the message with them fails at first. */
async function reveal({ person, news }: Bought, kind?: '500' | '429' | 'drop' | 'reply-lost'): Promise<void> {
  const isTheirs = (params: Record<string, unknown>) =>
    Number(params.chat_id) === person.id && /Your keys|in the file/.test(`${params.text}${params.caption}`)
  const fault: SetFault | undefined = kind && fake.fault({ kind, when: isTheirs })
  await press(person, news, /Show keys/, ({ text = '', document }) => /^Your keys/.test(text) || document !== undefined)
  if (fault) expect([kind, fault.hits()]).toEqual([kind, 1])
}

/** Makes a link, and has it opened, twice in vain. */
async function giveLink({ person, no }: Bought, connection: Connection): Promise<void> {
  const card = await say(person, no, /^Status: delivered/m)
  const about = await press(person, card, /One-time link/, /Whoever opens it/)
  const made = await press(person, about, 'Make a link', /Copy it now/)
  const [url = '', token = ''] = /http:\S+\/k\/([\w-]+)/.exec(made.text ?? '') ?? []
  tokens.push(token)
  const open = () => fetch(url, { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
  for (const table of ['redemption_link', 'reveal']) expect((await without(connection, table, open)).status).toBe(503)
  const keys = search(Buffer.from(await (await open()).text())).map(({ secret }) => secret >>> 1)
  expect(new Set(keys).size).toBe(3)
}

/** The buyer quotes a key, perhaps somebody else's, once in vain. */
async function askForHelp({ person, no }: Bought, connection: Connection): Promise<void> {
  const question = `/support ${IMPORTED.PASTE[0]?.code} with ${IMPORTED.PASTE[0]?.password} of order ${no} does not work`
  await refusing(connection, 'ticket_message', () => say(person, question, BUSY))
  await say(person, question, /Passed on/)
}

async function refund(owner: Person, no: string): Promise<void> {
  const asked = await say(owner, `/refund ${no} it did not work`, /^Refund order/)
  await press(owner, asked, /^Refund /, /refund is on its way/)
}

/** Staff write down keys to have them found, frozen and voided. */
async function nameKeys(owner: Person, sold: string): Promise<void> {
  const [spare, other] = IMPORTED.PASTE.slice(-2) as [Key, Key]
  await say(owner, `/freeze ${spare.code}`, /^Frozen/)
  await say(owner, `/unfreeze ${linesOf([spare])}`, /^Unfrozen/)
  const why = await say(owner, `/void ${other.code}`, /^Key #.*Void this key/s)
  await press(owner, why, 'Does not work', /^Voided/)
  await say(owner, `/freeze ${other.code}x`, /No such key/)
  await say(owner, `/freeze ${sold} 1 the buyer complained`, /^Frozen/)
}

/** Staff take keys out of the shop, quoting one; it fails at first, and the file with them fails too. */
async function exportKeys(owner: Person, connection: Connection): Promise<void> {
  const sure = await say(
    owner,
    `/export FILE 2 like ${IMPORTED.FILE[7]?.code} back to the supplier`,
    /^Export keys.*back to/s,
  )
  await refusing(connection, 'card_mark', () => press(owner, sure, 'Export 2', BUSY))
  const asked = await say(owner, `/export FILE 2 like ${IMPORTED.FILE[7]?.code} back to the supplier`, /^Export keys/)
  const isFile = ({ caption }: Record<string, unknown>) => /Here are 2 keys/.test(String(caption))
  const faults = (['500', 'reply-lost'] as const).map((kind) => fake.fault({ kind, when: isFile }))
  await press(owner, asked, 'Export 2', ({ document }) => document !== undefined)
  await vi.waitFor(() => expect(faults.map((fault) => fault.hits())).toEqual([1, 1]), { timeout: 40_000, interval: 50 })
}

/** Another shop's key in the environment: the program says so and does not open. */
async function startWithTheWrongVault(): Promise<void> {
  const other = join(folder, 'other')
  openKeyring({ dataDir: other, createIfMissing: true })
  const KEYTILL_VAULT_KEY = (await readFile(join(other, 'vault.key'))).toString('base64')
  program = startProgram({ settings: { ...settings(), KEYTILL_VAULT_KEY }, log })
  await expect(program.open).rejects.toThrow(/ended before the shop was open/)
  await inLog('filled with another vault key')
}

/** Which chat each key was shown to, told from the database by the keys' fingerprints. */
async function entitledTo(client: Awaited<ReturnType<typeof connect>>): Promise<Map<number, string>> {
  const { keyring } = openKeyring({ dataDir: data, createIfMissing: false })
  const { rows } = await client.query<{ fingerprint: Buffer; chat: string }>(`
    SELECT DISTINCT k.fingerprint, o.chat FROM reveal r JOIN orders o ON o.id = r.order_id
    JOIN order_unit u ON u.id = r.unit_id JOIN card_key k ON k.id = u.card_id
    UNION ALL SELECT k.fingerprint, i.chat FROM key_export e JOIN card_mark m ON m.export_id = e.id JOIN card_key k ON k.id = m.card_id
    JOIN customer c ON c.pseudonym::text = e.by JOIN identity i ON i.customer_id = c.id AND i.channel = e.channel`)
  const chats = new Map(rows.map((row) => [row.fingerprint.toString('hex'), row.chat]))
  return new Map(
    keys.flatMap((key, n) => {
      const chat = chats.get(fingerprint(keyring, key).toString('hex'))
      return chat === undefined ? [] : [[n, chat]]
    }),
  )
}

/** Where a secret was found, without the secret. */
const findings = (places: readonly Place[]) =>
  places.flatMap(({ name, bytes }) =>
    search(bytes).map(({ secret, form }) => ({ place: name, form, isCanary: secret === secrets.length - 1 })),
  )

it('finds what was hidden on purpose, in every form and place', () => {
  const inTables = findings(tables).filter(({ isCanary }) => isCanary)
  expect(new Set(inTables.map(({ place }) => place))).toEqual(new Set(['table canary']))
  expect(new Set(inTables.map(({ form }) => form))).toEqual(new Set(['plain', 'hex', 'base64']))
  const inFiles = findings(files).filter(({ isCanary }) => isCanary)
  const places = inFiles.map(({ place }) => place.split('/').slice(0, 2).join('/'))
  expect(new Set(places)).toEqual(new Set(['cluster/base', 'cluster/pg_wal', 'program.log']))
})

it('leaves no key in any table', () => {
  expect(findings(tables).filter(({ isCanary }) => !isCanary)).toEqual([])
})

it('leaves no key in the files of the database, its log or ours', () => {
  expect(findings(files).filter(({ isCanary }) => !isCanary)).toEqual([])
})

it('leaves no token of a link anywhere', () => {
  const searchTokens = searchFor(tokens)
  expect(tokens.map((token) => searchTokens(Buffer.from(token)).length > 0)).toEqual([true])
  const found = [...tables, ...files].filter(({ bytes }) => searchTokens(bytes).length > 0)
  expect(found.map(({ name }) => name)).toEqual([])
})

it('shows a key to nobody but its buyer', () => {
  expect(entitled.size).toBe(1 + 2 + 1 + 12 + 3 + 2)
  const shown = new Set<number>()
  const wrong = fake.calls().flatMap(({ method, params }) =>
    search(Buffer.from(JSON.stringify(params))).flatMap(({ secret }) => {
      const key = secret >>> 1
      shown.add(key)
      const isTheirs = entitled.get(key) === String(params.chat_id)
      return isTheirs && /^(sendMessage|editMessageText)$/.test(method) ? [] : [{ method, chat: params.chat_id }]
    }),
  )
  expect(wrong).toEqual([])
  // Few come as a message, many as a file.
  expect(shown.size).toBe(1 + 2 + 1 + 3)
})

it('puts many keys into a file for nobody but their buyer, or who exported them', () => {
  const found = [1, 2, 101, 102, 103, 104, 105, 106].flatMap((id) =>
    person(id)
      .history()
      .filter(({ from }) => from.is_bot)
      .flatMap(({ document }) => (document ? search(document.bytes) : []))
      .map(({ secret }) => ({ key: secret >>> 1, chat: String(id) })),
  )
  expect(new Set(found.map(({ key }) => key)).size).toBe(12 + 2)
  for (const { key, chat } of found) expect(entitled.get(key)).toBe(chat)
})
