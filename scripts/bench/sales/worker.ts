/** A process of a benchmark: opens the shop, says that it is ready, sells as it is told, and says how it went. */
import { once } from 'node:events'
import type { Connection } from '../../../core/platform/database/database.ts'
import { closedLoop, type Shape } from './load.ts'
import { openShopOn } from './shop.ts'

export interface Task {
  readonly shape: Shape
  readonly callers: number
  readonly seconds: number
}

const { BENCH_DATA: dataDir = '', BENCH_CONNECTION: connection = '' } = process.env
const shop = await openShopOn(dataDir, JSON.parse(connection) as Connection)
process.send?.('ready')
const [{ shape, callers, seconds }] = (await once(process, 'message')) as [Task]
process.send?.(await closedLoop(shop, shape, callers, seconds))
await once(process, 'message')
await shop.close()
process.disconnect()
