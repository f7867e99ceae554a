import { expect, it } from 'vitest'
import { type OrderState, TRANSITIONS } from '../../../core/orders/states.ts'
import { openDatabase } from '../../../core/platform/database/database.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { move } from '../../../core/sale/transition.ts'
import { atEnd } from '../../stand/closing.ts'
import { openShop } from '../../stand/shop.ts'

const STATES = Object.keys(TRANSITIONS) as OrderState[]

it('moves an order only as the table allows, and writes down each move and no other', async () => {
  const stand = await openShop()
  const db = openDatabase(stand.connection, silentLog)
  atEnd(() => db.close())
  const order = await stand.order(await stand.meet(), (await stand.product(1)).sku)
  for (const from of STATES) {
    for (const to of STATES) {
      await stand.rows('UPDATE orders SET state = $2::order_state WHERE id = $1', [order.id, from])
      await stand.rows('DELETE FROM audit_entry')
      const moving = db.transaction((sql) => move(sql, order, to, 'ann', stand.clock(), {}, { reason: 'test' }))
      const isAllowed = TRANSITIONS[from].includes(to)
      if (isAllowed) await moving
      else await expect(moving).rejects.toThrow(expect.objectContaining({ code: 'order.state' }))
      expect((await stand.again(order)).state).toBe(isAllowed ? to : from)
      const entry = { actor: 'ann', action: `order.${to}`, subject: `order:${order.no}`, data: { reason: 'test' } }
      const entries = await stand.rows('SELECT actor, action, subject, data FROM audit_entry')
      expect(entries).toEqual(isAllowed ? [entry] : [])
    }
  }
})
