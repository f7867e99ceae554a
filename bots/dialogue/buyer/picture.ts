import { KeytillError } from '../../../core/platform/errors.ts'
import { MOST_PICTURE_BYTES } from '../../../core/support/policy.ts'
import type { Context } from '../context.ts'

/** The bytes of the picture (or file) that was sent, when one was. @throws KeytillError `ticket.picture` when it is too large */
export async function sentPicture({ event: { content } }: Context): Promise<Buffer | undefined> {
  const attachment = content.kind === 'picture' ? content.picture : content.kind === 'file' ? content.file : undefined
  try {
    return await attachment?.load(MOST_PICTURE_BYTES)
  } catch (error) {
    if (!(error instanceof KeytillError)) throw error
    throw new KeytillError('ticket.picture', 'A picture is a JPEG, PNG or WebP of at most 5 MB.')
  }
}
