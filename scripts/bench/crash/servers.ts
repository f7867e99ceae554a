import { readdir, readFile } from 'node:fs/promises'

/** The PostgreSQL servers on a data folder (not their workers, which name no folder). */
export async function serversOn(dataDir: string): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    const [program = '', ...args] = command.split('\0')
    if (program.endsWith('/postgres') && args.includes(`${dataDir}/pg/cluster`)) found.push(Number(name))
  }
  return found
}
