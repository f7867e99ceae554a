import { badRequest, conflict } from './errors.ts'
import type { TgUpdate } from './types.ts'
import type { UpdateQueue } from './updates.ts'

interface WebhookOptions {
  now?: () => number
  webhookOrigin?: string
  webhookBackoffMs?: (attempt: number) => number
}

export interface WebhookSetting {
  url: string
  secret_token?: string | undefined
  max_connections?: number | undefined
}

/** Runs a method that stood in the body of a webhook's answer. */
export type RunMethod = (method: string, params: Record<string, unknown>) => Promise<unknown>

/** Posts a bot's updates to its webhook: one at a time, in order, each until it is answered with 2xx. */
export class Webhook {
  run: RunMethod = async () => undefined
  private setting: WebhookSetting | undefined
  private session: AbortController | undefined
  private lastError: { last_error_date: number; last_error_message: string } | undefined

  constructor(
    private readonly updates: UpdateQueue,
    private readonly options: WebhookOptions,
  ) {}

  get isSet(): boolean {
    return this.setting !== undefined
  }

  /** Throws ApiError for an address Telegram would not take. */
  start(setting: WebhookSetting): void {
    checkSetting(setting)
    this.stop()
    this.setting = setting
    this.updates.interrupt(conflict('terminated by setWebhook request'))
    const session = new AbortController()
    this.session = session
    void this.deliver(setting, session.signal)
  }

  stop(): void {
    this.session?.abort()
    this.setting = undefined
    this.lastError = undefined
  }

  info() {
    return {
      url: this.setting?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: this.updates.unconfirmed().length,
      ...(this.setting && { max_connections: this.setting.max_connections ?? 40 }),
      allowed_updates: this.updates.allowedKinds(),
      ...this.lastError,
    }
  }

  private async deliver(setting: WebhookSetting, stopped: AbortSignal): Promise<void> {
    let failures = 0
    while (!stopped.aborted) {
      const update = this.updates.peek()
      if (!update) {
        await this.nextChange(stopped)
        continue
      }
      const problem = await this.post(setting, update, stopped)
      if (stopped.aborted) return
      if (problem === undefined) {
        failures = 0
        continue
      }
      failures += 1
      this.lastError = {
        last_error_date: Math.floor((this.options.now ?? Date.now)() / 1000),
        last_error_message: problem,
      }
      await pause(this.backoff(failures), stopped)
    }
  }

  /** Returns what went wrong, undefined when the update was taken. */
  private async post(setting: WebhookSetting, update: TgUpdate, stopped: AbortSignal): Promise<string | undefined> {
    let reply: Response
    let body: string
    try {
      reply = await fetch(this.target(setting.url), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(setting.secret_token && { 'X-Telegram-Bot-Api-Secret-Token': setting.secret_token }),
        },
        body: JSON.stringify(update),
        signal: stopped,
      })
      body = await reply.text()
    } catch {
      return 'Connection refused'
    }
    if (!reply.ok) return `Wrong response from the webhook: ${reply.status} ${reply.statusText}`
    this.updates.settle(update)
    await this.runReply(body)
    return undefined
  }

  private async runReply(body: string): Promise<void> {
    const call = parseObject(body)
    if (typeof call?.method !== 'string') return
    const { method, ...params } = call
    // Telegram tells nobody how such a call ended; the recording shows it.
    await this.run(method as string, params)
  }

  private target(url: string): string {
    const { webhookOrigin } = this.options
    const { pathname, search } = new URL(url)
    return webhookOrigin ? new URL(pathname + search, webhookOrigin).href : url
  }

  private backoff(attempt: number): number {
    return this.options.webhookBackoffMs?.(attempt) ?? Math.min(2000, 25 * 2 ** attempt)
  }

  private nextChange(stopped: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        off()
        stopped.removeEventListener('abort', go)
        resolve()
      }
      const off = this.updates.onChange(go)
      stopped.addEventListener('abort', go)
    })
  }
}

function checkSetting({ url, secret_token }: WebhookSetting): void {
  if (!URL.canParse(url)) throw badRequest('bad webhook: Failed to resolve host: Name or service not known')
  const { protocol, hostname, port } = new URL(url)
  // Plain HTTP is for this fake's own tests, which have no certificate on loopback.
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)
  if (protocol !== 'https:' && !loopback) throw badRequest('bad webhook: An HTTPS URL must be provided for webhook')
  if (!loopback && !['', '80', '88', '443', '8443'].includes(port))
    throw badRequest('bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443')
  if (secret_token !== undefined && !/^[\w-]{1,256}$/.test(secret_token))
    throw badRequest('secret token contains unallowed characters')
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer)
      stopped.removeEventListener('abort', go)
      resolve()
    }
    const timer = setTimeout(go, ms)
    stopped.addEventListener('abort', go)
  })
}
