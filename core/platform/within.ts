import { KeytillError } from './errors.ts'

/**
 * The result of `work`, if it comes in time. What comes later has its effect all the same, and nobody hears of it here.
 * @throws KeytillError `platform.slow` after `ms`
 */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new KeytillError('platform.slow', `No answer came within ${ms} ms.`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
