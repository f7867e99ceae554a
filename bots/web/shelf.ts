/** Bytes a page may fetch later. */
export interface Shelved {
  /** the chat that alone may fetch it; absent for what anybody may see (a product picture) */
  readonly chat?: string
  readonly name: string
  readonly mime: string
  readonly bytes: Uint8Array
}

/** A memory of bytes up to `limit` in all: what was wanted least recently goes first. Nothing secret is put here. */
export class Shelf {
  private readonly items = new Map<string, Shelved>()
  private readonly limit: number
  private size = 0

  constructor(limit: number) {
    this.limit = limit
  }

  put(key: string, item: Shelved): void {
    this.drop(key)
    this.items.set(key, item)
    this.size += item.bytes.byteLength
    for (const oldest of this.items.keys()) {
      if (this.size <= this.limit || oldest === key) break
      this.drop(oldest)
    }
  }

  get(key: string): Shelved | undefined {
    const item = this.items.get(key)
    if (item) {
      this.items.delete(key)
      this.items.set(key, item)
    }
    return item
  }

  private drop(key: string): void {
    this.size -= this.items.get(key)?.bytes.byteLength ?? 0
    this.items.delete(key)
  }
}
