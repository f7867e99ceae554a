/** One call as it reached the fake. */
export interface Call {
  method: string
  /** As sent, JSON in strings decoded. */
  params: Record<string, unknown>
  /** The parameters that carried a file. */
  files: string[]
  /** Milliseconds by the fake's clock. */
  at: number
  /** It came as the answer to a webhook. */
  viaWebhook: boolean
  /** What the fake answered; left out when the connection was destroyed before an answer was made. */
  answer?: unknown
}

/** The calls as lines of JSON with `method`, `params` and `files`, to be checked against the published methods. */
export function toJsonl(calls: readonly Call[]): string {
  return calls.map(({ method, params, files }) => `${JSON.stringify({ method, params, files })}\n`).join('')
}
