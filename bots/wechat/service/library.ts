import type { FileBox, FileBoxInterface } from 'file-box'
import type { puppet as api } from 'wechaty-grpc'
import type { Puppet } from 'wechaty-puppet'

/** What we build on of the library's client, with the members that it means for classes like ours. */
interface Service extends Puppet {
  /** the connection, as far as it is asked for: the library's own is never opened */
  _grpcManager: { readonly client: api.PuppetClient } | undefined
  /** @throws Error while there is no connection */
  readonly grpcManager: { readonly client: api.PuppetClient }
  /** a box that knows how files are fetched from the gateway */
  FileBoxUuid: typeof FileBox
  serializeFileBox(box: FileBoxInterface): Promise<string>
  hookPayloadStore(): void
}

interface ServiceOptions {
  readonly endpoint: string
  readonly token: string
  readonly timeoutSeconds: number
}

// Loaded without its declarations: they change those of node:util for the whole program.
const name: string = 'wechaty-puppet-service'

export const { PuppetService } = (await import(name)) as { PuppetService: new (options: ServiceOptions) => Service }
