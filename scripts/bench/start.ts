/**
 * `npm run bench:start [-- --runs 5]`: how long the program takes until `/health` says that it is well, and the memory it then needs:
 * with nothing configured, with a pretend WeChat inside, with one behind a gateway, and with an official account. Medians of several runs, all on one data
 * folder that has been used before; ends with 1 when a library of WeChat is loaded that nobody asked for.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startGateway } from '../../test/bots/wechat/gateway.ts'
import { startFakeWechat } from '../../test/fakes/wechat/server.ts'
import { atEnd, closeAll } from '../../test/stand/closing.ts'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' } } })
const MAIN = fileURLToPath(new URL('../../bots/main.ts', import.meta.url))
const WITHIN = 60_000
/** When the memory is read, in ms after the program is well. */
const SETTLED = 3000

const folder = await mkdtemp(join(tmpdir(), 'keytill-bench-'))
await chmod(folder, 0o711)
const gateway = await startGateway()
const account = { appId: 'wx0123456789abcdef', secret: 'secret-of-the-account', token: 'signs' }
const wechat = await startFakeWechat(account)
atEnd(() => wechat.close())

const WAYS: readonly { name: string; settings: Readonly<Record<string, string>>; not: RegExp }[] = [
  { name: 'nothing', settings: {}, not: /wechaty|@grpc|file-box/ },
  { name: 'mock', settings: { WECHAT_PUPPET: 'mock' }, not: /^$/ },
  {
    name: 'service',
    settings: {
      WECHAT_PUPPET: 'service',
      WECHAT_SERVICE_ENDPOINT: gateway.endpoint,
      WECHAT_SERVICE_TOKEN: gateway.token,
      WECHAT_SERVICE_TLS: '0',
    },
    not: /wechaty-puppet-mock/,
  },
  {
    name: 'official',
    settings: {
      WECHAT_PUPPET: 'official-account',
      WECHAT_APP_ID: account.appId,
      WECHAT_APP_SECRET: account.secret,
      WECHAT_TOKEN: account.token,
      WECHAT_API_ROOT: wechat.url,
      PUBLIC_URL: 'https://shop.example',
    },
    not: /wechaty-puppet-mock/,
  },
]

try {
  const port = await freePort()
  await start(port, {})
  const measured = new Map(WAYS.map(({ name }) => [name, [] as { ms: number; rss: number }[]]))
  // In turns: what else the machine does then hits all of them alike.
  for (let run = 0; run < Number(values.runs); run++)
    for (const { name, settings } of WAYS) measured.get(name)?.push(await start(port, settings))
  console.log(`${values.runs} runs each, medians\n            health ok   memory   packages   of WeChat`)
  for (const { name, settings, not } of WAYS) {
    const packages = await packagesOf(port, settings)
    const runs = measured.get(name) ?? []
    const ms = median(runs.map((run) => run.ms))
    const rss = median(runs.map((run) => run.rss))
    const ofWechat = packages.filter((each) => /wechaty|@grpc|file-box/.test(each))
    console.log(
      `${name.padEnd(10)}${`${ms.toFixed(0)} ms`.padStart(11)}${`${(rss / 1e6).toFixed(0)} MB`.padStart(9)}${String(packages.length).padStart(11)}${String(ofWechat.length).padStart(12)}`,
    )
    const unasked = packages.filter((each) => not.test(each))
    if (unasked.length > 0) {
      console.log(`${name}: loaded and not asked for: ${unasked.join(', ')}`)
      process.exitCode = 1
    }
  }
} finally {
  await closeAll()
  await rm(folder, { recursive: true, force: true })
}
// The gateway's library leaves timers behind.
process.exit()

/** Starts the program, measures it when it is well, and ends it in order. */
async function start(port: number, settings: Readonly<Record<string, string>>): Promise<{ ms: number; rss: number }> {
  const began = performance.now()
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    env: { PATH, HOME, KEYTILL_DATA: join(folder, 'data'), HTTP_PORT: String(port), ...settings },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(child, 'exit')
  try {
    while (!(await isWell(port))) {
      if (child.exitCode !== null || performance.now() - began > WITHIN) throw new Error('the program did not start')
      await setTimeout(10)
    }
    const ms = performance.now() - began
    // What the start itself took has been given back by then.
    await setTimeout(SETTLED)
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    const rss = Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1])
    return { ms, rss }
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

async function isWell(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health`)).ok
  } catch {
    return false
  }
}

/** The packages whose code a start runs. */
async function packagesOf(port: number, settings: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const coverage = join(folder, `coverage-${Object.keys(settings).length}`)
  await start(port, { ...settings, NODE_V8_COVERAGE: coverage })
  const packages = new Set<string>()
  for (const file of await readdir(coverage)) {
    const { result } = JSON.parse(await readFile(join(coverage, file), 'utf8')) as { result: { url: string }[] }
    for (const { url } of result) {
      const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? []
      if (name !== undefined) packages.add(name)
    }
  }
  return [...packages]
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN
}
