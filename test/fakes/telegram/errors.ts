/** An answer of the Bot API that is not `ok`: its HTTP status, its wording, and what to do about it. */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    readonly description: string,
    readonly parameters?: { retry_after?: number },
  ) {
    super(description)
  }

  body(): { ok: false; error_code: number; description: string; parameters?: { retry_after?: number } } {
    const { code, description, parameters } = this
    return { ok: false, error_code: code, description, ...(parameters && { parameters }) }
  }
}

export function badRequest(what: string): ApiError {
  return new ApiError(400, `Bad Request: ${what}`)
}

export function forbidden(what: string): ApiError {
  return new ApiError(403, `Forbidden: ${what}`)
}

export function conflict(what: string): ApiError {
  return new ApiError(409, `Conflict: ${what}`)
}

export function tooManyRequests(seconds: number): ApiError {
  return new ApiError(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds })
}
