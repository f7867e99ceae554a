import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../../core/platform/clock.ts'
import { readBody } from '../telegram/body.ts'
import { Account, type AccountOptions, type Call, Errcode } from './calls.ts'
import { Person } from './people.ts'
import { ACCOUNT, made, type PushFault, type PushTo, push } from './pushing.ts'

export interface FakeOptions extends Omit<AccountOptions, 'now'> {
  readonly token: string
  readonly aesKey?: string
  /** how long it waits for the answer to a push, in ms; default 5 s */
  readonly patience?: number
}

/** One kind of misbehaviour of the API, for the next calls of a path. */
export interface Fault {
  readonly path: string
  /**
   * An errcode without effect; `dropped`: the connection is destroyed before the effect; `lost`: after it; `500`: that status;
   * `late`: the effect comes when `until` is resolved.
   */
  readonly kind: number | 'dropped' | 'lost' | '500' | 'late'
  readonly until?: Promise<void>
  /** what a `late` call is refused with, in place of having its effect */
  readonly refuses?: number
}

/** WeChat's side of one official account: the API on loopback, the people, and the pushes. Strict: what it does not know it refuses. */
export interface FakeWechat {
  readonly url: string
  /** the same person at every call; a follower */
  person(openid: string): Person
  /** where pushes go, and whose time it is */
  connect(address: string, now: Clock): void
  /** Every token given so far is no good any more. */
  expireTokens(): void
  /** The next call of the path misbehaves. */
  fault(fault: Fault): void
  /** The next push goes wrong. */
  pushFault(fault: PushFault): void
  /** what was called, without asking for tokens unless `path` says so */
  calls(path?: string): readonly Call[]
  /** what a code brings that the account made, by what it says */
  sceneOf(code: string): string | undefined
  /** A push, as it would be sent now, to be changed and sent by a test. */
  pushOf(fields: Readonly<Record<string, string | number>>): { url: URL; body: string }
  /** what went wrong with answers to pushes */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

export async function startFakeWechat(options: FakeOptions): Promise<FakeWechat> {
  let clock: Clock = () => new Date()
  const now: Clock = () => clock()
  let address = ''
  let messages = 6_054_768_590_064_713_000n
  const people = new Map<string, Person>()
  const account = new Account({ ...options, now }, people)
  const calls: Call[] = []
  const faults: Fault[] = []
  const pushFaults: PushFault[] = []
  const complaints: string[] = []
  const pushing = new Set<Promise<unknown>>()
  const to = (): PushTo => ({
    address,
    token: options.token,
    appId: options.appId,
    aesKey: options.aesKey,
    patience: options.patience ?? 5000,
    seconds: () => Math.floor(now().getTime() / 1000),
  })
  const named = (openid: string) => ({ ToUserName: ACCOUNT, FromUserName: openid, CreateTime: to().seconds() })

  async function pushAct(openid: string, fields: Readonly<Record<string, string | number>>) {
    const work = push(to(), { ...named(openid), ...fields }, pushFaults.splice(0))
    pushing.add(work)
    try {
      const pushed = await work
      const person = people.get(openid)
      if (pushed.text !== '') person?.show({ text: pushed.text, by: 'answer' })
      if (person && pushed.status !== 200) person.outages++
      return pushed
    } catch (error) {
      complaints.push(String(error))
      throw error
    } finally {
      pushing.delete(work)
    }
  }

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(req.url ?? '/', 'http://fake')
    const { params, uploads } = await readBody(req, new URLSearchParams())
    const [file] = uploads.filter(({ field }) => field === 'media')
    const call: Call = {
      path: pathname.slice(1),
      query: Object.fromEntries(searchParams),
      body: params,
      ...(file ? { file } : {}),
    }
    calls.push(call)
    const at = faults.findIndex(({ path }) => path === call.path)
    const [fault] = at >= 0 ? faults.splice(at, 1) : []
    if (fault?.kind === 'dropped') return void req.socket.destroy()
    if (fault?.kind === '500') return void res.writeHead(500).end()
    if (fault?.kind === 'late') await fault.until
    let answer: object | Buffer
    try {
      const refused = typeof fault?.kind === 'number' ? fault.kind : fault?.refuses
      if (refused !== undefined) throw new Errcode(refused)
      answer = account.answer(call)
    } catch (error) {
      if (!(error instanceof Errcode)) throw error
      answer = { errcode: error.errcode, errmsg: 'no' }
    }
    if (fault?.kind === 'lost') return void req.socket.destroy()
    if (Buffer.isBuffer(answer)) return void res.writeHead(200, { 'content-type': 'image/jpeg' }).end(answer)
    res.writeHead(200, { 'content-type': 'application/json; encoding=utf-8' }).end(JSON.stringify(answer))
  }

  const server = createServer((req, res) => {
    handle(req, res).catch((error: unknown) => {
      complaints.push(String(error))
      res.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    person(openid) {
      const known = people.get(openid)
      if (known) return known
      const keep = (bytes: Buffer) => account.keep(bytes)
      const person = new Person(openid, pushAct, keep, now, () => String(++messages))
      people.set(openid, person)
      return person
    },
    connect(where, time) {
      address = where
      clock = time
    },
    expireTokens: () => account.expire(),
    fault: (fault) => void faults.push(fault),
    pushFault: (fault) => void pushFaults.push(fault),
    sceneOf: (code) => account.scenes.get(code),
    calls: (path) => calls.filter((call) => (path ? call.path === path : call.path !== 'cgi-bin/stable_token')),
    pushOf: (fields) => made(to(), { ...named('openid'), ...fields }),
    complaints,
    async close() {
      await Promise.allSettled(pushing)
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
