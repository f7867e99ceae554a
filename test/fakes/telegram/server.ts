import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readBody, unpack } from './body.ts'
import { Bot, type BotOptions } from './bot.ts'
import { dispatch } from './dispatch.ts'
import { ApiError } from './errors.ts'
import { FakeBot } from './fake.ts'

/** A running fake, and the first of the bots it serves. */
export interface FakeTelegram extends FakeBot {
  /** The API root, as `TELEGRAM_API_ROOT` takes it. */
  url: string
  /** Serves one more bot, with people and chats of its own, under the same address. */
  addBot(options: BotOptions): FakeBot
  /** Ends everything, connections and waiting people included. */
  close(): Promise<void>
}

/** Starts a Bot API on loopback, on a free port. */
export async function startFakeTelegram(options: BotOptions & { port?: number }): Promise<FakeTelegram> {
  const bots = new Map<string, Bot>()
  const server = createServer((req, res) => {
    serve(bots, req, res).catch((error: unknown) => {
      if (!res.headersSent && !res.destroyed) reply(res, 500, new ApiError(500, String(error)).body())
    })
  })
  // A poll may be held open for as long as the bot asks.
  server.requestTimeout = 0
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const addBot = (botOptions: BotOptions) => {
    const bot = new Bot(botOptions)
    bot.webhook.run = (method, params) =>
      dispatch(bot, { method, params: unpack(params), uploads: [], gone: NEVER, viaWebhook: true })
    bots.set(bot.token, bot)
    return new FakeBot(bot)
  }
  const close = async () => {
    for (const bot of bots.values()) bot.close()
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  const { port } = server.address() as AddressInfo
  return Object.assign(addBot(options), { url: `http://127.0.0.1:${port}`, addBot, close })
}

const NEVER = new AbortController().signal

async function serve(bots: Map<string, Bot>, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(req.url ?? '/', 'http://fake')
  const path = decodeURIComponent(pathname)
  const [, isFile, token = '', rest = ''] = /^(\/file)?\/bot([^/]+)\/(.+)$/.exec(path) ?? []
  if (!token) return reply(res, 404, new ApiError(404, 'Not Found').body())
  const bot = bots.get(token)
  if (!bot) return reply(res, 401, new ApiError(401, 'Unauthorized').body())
  if (isFile) return download(bot, rest, res)
  return call(bot, rest, searchParams, req, res)
}

function download(bot: Bot, path: string, res: ServerResponse): void {
  const file = bot.files.download(path)
  if (!file) {
    reply(res, 404, new ApiError(404, 'Not Found').body())
    return
  }
  res.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': file.bytes.length })
  res.end(file.bytes)
}

async function call(bot: Bot, method: string, query: URLSearchParams, req: IncomingMessage, res: ServerResponse) {
  const gone = new AbortController()
  res.on('close', () => gone.abort())
  try {
    const { params, uploads } = await readBody(req, query)
    const answer = await dispatch(bot, { method, params, uploads, gone: gone.signal })
    if (!answer) {
      req.socket.destroy()
      return
    }
    if (answer.lateMs > 0) await new Promise((resolve) => setTimeout(resolve, answer.lateMs).unref())
    reply(res, answer.status, answer.body)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    reply(res, error.code, error.body())
  }
}

function reply(res: ServerResponse, status: number, body: unknown): void {
  if (res.destroyed) return
  const text = JSON.stringify(body)
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  res.end(text)
}
