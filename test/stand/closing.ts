const closers: (() => Promise<unknown>)[] = []

/** Has something closed when the test file ends, the last opened first. */
export function atEnd(close: () => Promise<unknown>): void {
  closers.push(close)
}

/** Closes it (ending.ts). */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close()
}
