/** Names under which the messages of an order are remembered, so that news of it can change them in place. */
export const cardOf = (no: string): string => `order:${no}:card`
export const invoiceOf = (no: string): string => `order:${no}:invoice`
/** The code by which it is paid. */
export const codeOf = (no: string): string => `order:${no}:code`
/** The `n`th picture of its keys. */
export const pictureOf = (no: string, n: number): string => `order:${no}:picture:${n}`
