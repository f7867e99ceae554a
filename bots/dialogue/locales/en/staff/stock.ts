import type { stock as Zh } from '../../zh/staff/stock.ts'

export const stock: typeof Zh = {
  stockTitle: 'Stock',
  stockProduct: (name, sku) => `${name} (${sku})`,
  stockCounts: (available, reserved, sold) => `${available} available · ${reserved} reserved · ${sold} sold`,
  stockFrozen: (count) => `${count} frozen`,
  stockExpiring: (count) => `${count} expiring within 7 days`,
  stockExpired: (count) => `${count} expired`,
  unknownSku: (sku) => `There is no product ${sku}.`,
}
