/** Something that is read often and changes seldom: kept in this process for a moment. */
export interface Remembered<T> {
  read(): Promise<T>
  /** The next reading is a fresh one. */
  forget(): void
}

/** Keeps what `read` gives for `life` ms: a change made by another process is seen after that. */
export function remember<T>(life: number, read: () => Promise<T>): Remembered<T> {
  let kept: { readonly value: Promise<T>; readonly until: number } | undefined
  return {
    read() {
      const now = performance.now()
      if (kept && now < kept.until) return kept.value
      const value = read()
      const mine = { value, until: now + life }
      kept = mine
      // A failure is not remembered.
      value.catch(() => {
        if (kept === mine) kept = undefined
      })
      return value
    },
    forget() {
      kept = undefined
    },
  }
}
