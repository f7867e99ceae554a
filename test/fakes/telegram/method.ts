import type { z } from 'zod'
import type { Upload } from './body.ts'
import type { Bot } from './bot.ts'
import { badRequest } from './errors.ts'

/** Which of the sending limits a method counts against. */
export type Counts = 'message' | 'overall' | 'nothing'

export interface CallContext {
  bot: Bot
  uploads: Upload[]
  /** Aborted when the caller hangs up. */
  gone: AbortSignal
}

/** A method of the Bot API: checks its parameters first, then acts. */
export interface Method {
  counts: Counts
  /** Throws ApiError when a parameter is wrong; what it returns performs the call. */
  prepare(raw: Record<string, unknown>, context: CallContext): () => unknown
}

export function method<S extends z.ZodType>(
  counts: Counts,
  schema: S,
  run: (context: CallContext, params: z.output<S>) => unknown,
): Method {
  return {
    counts,
    prepare(raw, context) {
      const params = parse(schema, raw, context.bot.strict)
      return () => run(context, params)
    },
  }
}

function parse<S extends z.ZodType>(schema: S, raw: Record<string, unknown>, strict: boolean): z.output<S> {
  // `method` travels in the body of webhook replies and of Telegraf's forms.
  const { method: _, ...params } = raw
  const result = schema.safeParse(params)
  if (result.success) return result.data
  const unknown = result.error.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? [issue] : []))
  if (!strict && unknown.length > 0) {
    const known = structuredClone(params)
    for (const { path, keys } of unknown) forget(known, path, keys)
    return parse(schema, known, true)
  }
  throw badRequest(`fake: ${explain(result.error.issues)}`)
}

function forget(root: object, path: readonly PropertyKey[], keys: readonly string[]): void {
  const target: unknown = path.reduce<unknown>((at, key) => (isRecord(at) ? at[String(key)] : undefined), root)
  if (isRecord(target)) for (const key of keys) delete target[key]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function explain(issues: readonly z.core.$ZodIssue[], base: readonly PropertyKey[] = []): string {
  const issue = issues[0]
  if (!issue) return 'wrong parameters'
  const path = [...base, ...issue.path]
  const where = path.map(String).join('.')
  if (issue.code === 'unrecognized_keys')
    return `unknown parameter ${[...path, issue.keys.join(', ')].map(String).join('.')}`
  if (issue.code === 'invalid_union') {
    // The alternative that failed latest is the one that was meant.
    const [meant] = [...issue.errors].sort((a, b) => rank(a) - rank(b))
    if (meant) return explain(meant, path)
  }
  return `${where}: ${issue.message}`
}

/** An alternative whose required members are all there was meant more than one whose are missing. */
function rank(issues: readonly z.core.$ZodIssue[]): number {
  return issues.some((issue) => issue.code === 'invalid_type' && issue.path.length === 1) ? 1 : 0
}
