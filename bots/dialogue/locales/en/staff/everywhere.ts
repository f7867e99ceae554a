import type { everywhere as Zh } from '../../zh/staff/everywhere.ts'

export const everywhere: typeof Zh = {
  staffMenu: '‹ Staff menu',
  zeroTyped: 'For zero type 00: 0 leads back.',
  onlyRoles: (names) => `Only these may do this: ${names.join(', ')}.`,
  roles: {
    owner: 'owner',
    manager: 'manager',
    stock: 'stock',
    finance: 'finance',
    support: 'support',
    auditor: 'auditor',
  },
  deleteYourself: 'Please delete your message with the keys yourself: this chat does not let me.',
  on: 'yes',
  off: 'no',
  none: 'none',
}
