import { KeytillError } from './errors.ts'

/**
 * Answers many requests with few round trips. A request that finds a lane free goes at once; what comes while every lane is
 * busy waits, and goes together when one becomes free. There is no timer: waiting for company would only make everyone late.
 */
export interface Gatherer<Request, Answer> {
  /**
   * Resolves with this request's answer; rejects when its batch failed as a whole, which says nothing about the request itself.
   * @throws KeytillError `busy` when too many wait, or too many of this key: nothing was done
   */
  ask(request: Request): Promise<Answer>
  /** How many wait before this request; 0 when it is under way or done. */
  ahead(request: Request): number
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
  /** most requests that wait, and most of one key among them; without it all are taken */
  readonly room?: { readonly all: number; readonly ofOne: number }
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
  room = { all: Number.POSITIVE_INFINITY, ofOne: Number.POSITIVE_INFINITY },
  run,
}: Gathering<Request, Answer>): Gatherer<Request, Answer> {
  let queue: Waiting<Request, Answer>[] = []
  /** how many of each key wait */
  const waitingOf = new Map<string | number, number>()
  const busy = new Set<string | number>()
  const under = new Set<Promise<void>>()
  let starting = false

  function join(item: string | number): void {
    const ofOne = waitingOf.get(item) ?? 0
    if (queue.length >= room.all || ofOne >= room.ofOne)
      throw new KeytillError('busy', 'Too many requests are waiting. Try again in a moment: nothing was done.')
    waitingOf.set(item, ofOne + 1)
  }

  function leave(item: string | number): void {
    const left = (waitingOf.get(item) ?? 0) - 1
    if (left > 0) waitingOf.set(item, left)
    else waitingOf.delete(item)
  }

  /** The first that may go now, in the order they came. */
  function next(): Waiting<Request, Answer>[] {
    const batch: Waiting<Request, Answer>[] = []
    const left: Waiting<Request, Answer>[] = []
    for (const item of queue) {
      if (batch.length < most && !busy.has(item.key)) {
        busy.add(item.key)
        leave(item.key)
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
        const mine = key(request)
        join(mine)
        queue.push({ request, key: mine, resolve, reject })
        if (starting || under.size >= lanes) return
        starting = true
        // Requests of the same moment go together, without a wait for later ones.
        queueMicrotask(start)
      }),
    ahead: (request) =>
      Math.max(
        0,
        queue.findIndex((item) => item.request === request),
      ),
    get waiting() {
      return queue.length
    },
    async idle() {
      while (under.size > 0 || queue.length > 0) await Promise.allSettled(under)
    },
  }
}
