/**
 * A process of a benchmark: opens the shop, says that it is ready, sells as it is told, and says how it went. It sells for as long
 * before it is measured, until it has its connections, plans and machine code.
 */
import { once } from 'node:events'
import type { Connection } from '../../../core/platform/database/database.ts'
import { closedLoop, type Measured, type Shape } from './load.ts'
import { openShopOn } from './shop.ts'

export interface Task {
  readonly shape: Shape
  readonly callers: number
  readonly seconds: number
}

/** `before` counts the sales that were not measured. */
export type Sold = Measured & { readonly before: number }

const { BENCH_DATA: dataDir = '', BENCH_CONNECTION: connection = '' } = process.env
const shop = await openShopOn(dataDir, JSON.parse(connection) as Connection)
process.send?.('ready')
const [{ shape, callers, seconds }] = (await once(process, 'message')) as [Task]
const { sales: before } = await closedLoop(shop, shape, callers, seconds)
const sold: Sold = { ...(await closedLoop(shop, shape, callers, seconds)), before }
process.send?.(sold)
await once(process, 'message')
await shop.close()
process.disconnect()
