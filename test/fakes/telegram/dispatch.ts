import type { Upload } from './body.ts'
import type { Bot } from './bot.ts'
import { ApiError, tooManyRequests } from './errors.ts'
import type { Fault } from './faults.ts'
import type { Method } from './method.ts'
import { editMethods } from './methods-edit.ts'
import { otherMethods } from './methods-other.ts'
import { sendMethods } from './methods-send.ts'
import type { Call } from './recording.ts'

/** The Bot API takes method names in any case. */
const METHODS = new Map(
  Object.entries<Method>({ ...sendMethods, ...editMethods, ...otherMethods }).map(([name, method]) => [
    name.toLowerCase(),
    { name, method },
  ]),
)

export interface Request {
  method: string
  params: Record<string, unknown>
  uploads: Upload[]
  gone: AbortSignal
  viaWebhook?: boolean
}

/** What the caller gets to see: nothing when the connection is to be destroyed. */
export interface Reply {
  status: number
  body: unknown
  lateMs: number
}

/** Performs one call, with faults and limits, and records it. */
export async function dispatch(bot: Bot, request: Request): Promise<Reply | undefined> {
  const known = METHODS.get(request.method.toLowerCase())
  const call: Call = {
    method: known?.name ?? request.method,
    params: request.params,
    files: filesOf(request),
    at: bot.now(),
    viaWebhook: request.viaWebhook ?? false,
  }
  bot.calls.push(call)
  const fault = bot.faults.strike(call.method, request.params)
  if (fault?.kind === 'drop') {
    bot.events.emit('call', call)
    return undefined
  }
  const { status, body } = await answer(bot, known?.method, request, fault)
  call.answer = body
  bot.events.emit('call', call)
  if (fault?.kind === 'reply-lost') return undefined
  return { status, body, lateMs: fault?.kind === 'late' ? (fault.ms ?? 1000) : 0 }
}

async function answer(bot: Bot, method: Method | undefined, request: Request, fault: Fault | undefined) {
  try {
    if (fault?.kind === '429') throw tooManyRequests(fault.retryAfter ?? 1)
    if (fault?.kind === '500') throw new ApiError(500, 'Internal Server Error')
    if (!method) throw new ApiError(404, 'Not Found')
    const { uploads, gone, params } = request
    const run = method.prepare(params, { bot, uploads, gone })
    if (method.counts !== 'nothing') {
      const wait = bot.limiter.take(method.counts === 'message' ? Number(params.chat_id) || 0 : undefined)
      if (wait > 0) throw tooManyRequests(wait)
    }
    // JSON now, so that later edits do not reach into answers that were given.
    return { status: 200, body: JSON.parse(JSON.stringify({ ok: true, result: await run() })) as unknown }
  } catch (error) {
    if (error instanceof ApiError) return { status: error.code, body: error.body() }
    throw error
  }
}

/** grammY puts `attach://id` into the parameter and the file into a part called id; the parameter is what counts. */
function filesOf({ params, uploads }: Request): string[] {
  const fields = uploads.map(({ field }) => {
    const reference = `attach://${field}`
    const entry = Object.entries(params).find(([, value]) => JSON.stringify(value)?.includes(reference))
    return entry?.[0] ?? field
  })
  return [...new Set(fields)]
}
