/** `1 key`, `2 keys`; `many` where an s behind it is not enough. */
export const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`
