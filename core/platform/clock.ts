/** Now, in UTC. Passed in wherever time decides something, so that a test can set it. */
export type Clock = () => Date

export const systemClock: Clock = () => new Date()

export const seconds = (n: number): number => n * 1000
export const minutes = (n: number): number => n * 60_000
export const hours = (n: number): number => n * 3_600_000

/** `at` plus `ms`. */
export const after = (at: Date, ms: number): Date => new Date(at.getTime() + ms)
