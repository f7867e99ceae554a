import type { PaymentProvider } from '../provider.ts'

export const WALLET = 'wallet'

/** What a buyer has with the shop: see core/wallet. A payment out of it goes back into it, and nobody has to be asked. */
export const wallet: PaymentProvider = { name: WALLET }
