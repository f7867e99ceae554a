/** A map that forgets what was put in longest ago once it holds `limit` entries. */
export class Bounded<V> {
  private readonly entries = new Map<string, V>()

  constructor(private readonly limit: number) {}

  get(key: string): V | undefined {
    return this.entries.get(key)
  }

  set(key: string, value: V): void {
    this.entries.delete(key)
    this.entries.set(key, value)
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.limit) break
      this.entries.delete(oldest)
    }
  }

  delete(key: string): void {
    this.entries.delete(key)
  }

  /** Puts the key in; false when it was there. */
  add(key: string, value: V): boolean {
    if (this.entries.has(key)) return false
    this.set(key, value)
    return true
  }
}
