import { hasCode, KeytillError } from '../../../core/platform/errors.ts'

/** What one side of a wire can be asked. */
export type Handlers = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>

/** How messages get to the other side: the channel between a process and its child, which structured clones go through. */
export interface Channel {
  send(message: object): void
  listen(hear: (message: unknown) => void): void
}

/** Questions to the other side, which may ask back. */
export interface Wire<Theirs extends Handlers> {
  /** @throws KeytillError what the other side threw (its code, or `failed`), or `gone` when the other side has ended before it answered */
  ask<Name extends keyof Theirs & string>(name: Name, ...args: Parameters<Theirs[Name]>): ReturnType<Theirs[Name]>
  /** The other side has ended: nothing is answered any more. */
  close(): void
}

interface Question {
  readonly ask: number
  readonly name: string
  readonly args: readonly never[]
}

interface Answer {
  readonly answer: number
  readonly value?: unknown
  readonly error?: { readonly code: string; readonly message: string }
}

const gone = () => new KeytillError('gone', 'The other process has ended.')
export const isGone = (error: unknown): boolean => hasCode(error, 'gone')

/** Puts a wire on a channel. */
export function wire<Theirs extends Handlers>({ send, listen }: Channel, mine: Handlers): Wire<Theirs> {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>()
  let asked = 0
  let isClosed = false

  async function answer({ ask, name, args }: Question): Promise<void> {
    try {
      const handler = mine[name]
      if (!handler) throw new Error(`nobody here answers ${name}`)
      send({ answer: ask, value: await handler(...args) })
    } catch (error) {
      const { code, message } = error as Error & { code?: unknown }
      send({ answer: ask, error: { code: error instanceof KeytillError ? String(code) : 'failed', message } })
    }
  }

  listen((message) => {
    const heard = message as Question | Answer
    if ('ask' in heard) return void answer(heard)
    const question = waiting.get(heard.answer)
    waiting.delete(heard.answer)
    if (heard.error) question?.reject(new KeytillError(heard.error.code, heard.error.message))
    else question?.resolve(heard.value)
  })

  return {
    ask(name, ...args) {
      if (isClosed) return Promise.reject(gone()) as ReturnType<Theirs[typeof name]>
      const promise = new Promise((resolve, reject) => waiting.set(++asked, { resolve, reject }))
      send({ ask: asked, name, args })
      return promise as ReturnType<Theirs[typeof name]>
    },
    close() {
      isClosed = true
      for (const { reject } of waiting.values()) reject(gone())
      waiting.clear()
    },
  }
}
