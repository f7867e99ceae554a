/**
 * Answers many requests with few round trips. A request that finds a lane free goes at once; what comes while every lane is
 * busy waits, and goes together when one becomes free. There is no timer: waiting for company would only make everyone late.
 */
export interface Gatherer<Request, Answer> {
  /** Resolves with this request's answer; rejects when its batch failed as a whole, which says nothing about the request itself. */
  ask(request: Request): Promise<Answer>
  /** Requests that wait for a lane now. */
  readonly waiting: number
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>
}

export interface Gathering<Request, Answer> {
  readonly lanes: number
  /** most requests of one batch */
  readonly most: number
  /** requests with the same key go one after the other: never in one batch, never in two lanes at once */
  key(request: Request): string | number
  /** the answers of a batch, in its order */
  run(batch: readonly Request[]): Promise<readonly Answer[]>
}

interface Waiting<Request, Answer> {
  readonly request: Request
  readonly key: string | number
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/** Gathers requests into batches. */
export function gather<Request, Answer>({
  lanes,
  most,
  key,
  run,
}: Gathering<Request, Answer>): Gatherer<Request, Answer> {
  let queue: Waiting<Request, Answer>[] = []
  const busy = new Set<string | number>()
  const under = new Set<Promise<void>>()
  let starting = false

  /** The first that may go now, in the order they came. */
  function next(): Waiting<Request, Answer>[] {
    const batch: Waiting<Request, Answer>[] = []
    const left: Waiting<Request, Answer>[] = []
    for (const item of queue) {
      if (batch.length < most && !busy.has(item.key)) {
        busy.add(item.key)
        batch.push(item)
      } else left.push(item)
    }
    queue = left
    return batch
  }

  async function drive(batch: readonly Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await run(batch.map((item) => item.request))
      for (const [index, item] of batch.entries()) item.resolve(answers[index] as Answer)
    } catch (error) {
      for (const item of batch) item.reject(error)
    } finally {
      for (const item of batch) busy.delete(item.key)
    }
  }

  function start(): void {
    starting = false
    while (under.size < lanes && queue.length > 0) {
      const batch = next()
      if (batch.length === 0) return
      const mine = drive(batch).finally(() => {
        under.delete(mine)
        start()
      })
      under.add(mine)
    }
  }

  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        queue.push({ request, key: key(request), resolve, reject })
        if (starting || under.size >= lanes) return
        starting = true
        // Requests of the same moment go together, without a wait for later ones.
        queueMicrotask(start)
      }),
    get waiting() {
      return queue.length
    },
    async idle() {
      while (under.size > 0 || queue.length > 0) await Promise.allSettled(under)
    },
  }
}
