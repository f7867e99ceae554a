/** What is to be done when, in the order of its time; what has the same time, in the order in which it was asked for. */
export interface Agenda {
  /** ms since the beginning */
  readonly now: number
  at(time: number, work: () => Promise<void>): void
  /** Does everything, one thing after the other, and what that asks for. */
  run(): Promise<void>
}

interface Entry {
  readonly time: number
  readonly turn: number
  readonly work: () => Promise<void>
}

const isBefore = (a: Entry, b: Entry) => a.time < b.time || (a.time === b.time && a.turn < b.turn)

export function createAgenda(): Agenda {
  /** A heap: none is before the one at half its place. */
  const heap: Entry[] = []
  let now = 0
  let turn = 0

  function add(entry: Entry): void {
    let place = heap.push(entry) - 1
    while (place > 0) {
      const above = (place - 1) >> 1
      if (!isBefore(entry, heap[above] as Entry)) break
      heap[place] = heap[above] as Entry
      place = above
    }
    heap[place] = entry
  }

  function take(): Entry | undefined {
    const first = heap[0]
    const last = heap.pop()
    if (!last || heap.length === 0) return first
    let place = 0
    for (let below = 1; below < heap.length; below = 2 * place + 1) {
      const right = heap[below + 1]
      const least = right && isBefore(right, heap[below] as Entry) ? below + 1 : below
      if (!isBefore(heap[least] as Entry, last)) break
      heap[place] = heap[least] as Entry
      place = least
    }
    heap[place] = last
    return first
  }

  return {
    get now() {
      return now
    },
    at: (time, work) => add({ time: Math.max(time, now), turn: turn++, work }),
    async run() {
      for (let entry = take(); entry; entry = take()) {
        now = entry.time
        await entry.work()
      }
    },
  }
}
