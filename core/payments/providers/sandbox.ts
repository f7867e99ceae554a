import type { PaymentProvider } from '../provider.ts'

export const SANDBOX = 'sandbox'

/** Pretend money for demo products on loopback: nothing is taken, and giving it back always works. */
export const sandbox: PaymentProvider = {
  name: SANDBOX,
  refund: async () => {},
  refundPart: async () => {},
}
