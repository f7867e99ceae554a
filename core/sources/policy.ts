import { hours } from '../platform/clock.ts'
import { type Door, OTHER, type Start } from './model.ts'

/** An order is the doing of the link that its buyer opened last, if that was not longer before, in ms. */
export const LAST_TOUCH = hours(24 * 7)

/** Whether staff may call a source so: 24 characters at most, so that a link with a product in it fits everywhere. */
export const isSourceName = (name: string): boolean => /^[a-z0-9][a-z0-9-]{0,23}$/.test(name) && name !== OTHER

const SKU = /^[\w-]{1,24}$/

/**
 * What a link carries: `p_SKU`, `src_NAME`, `p_SKU_src_NAME`. The last can also be a product whose SKU has that in it: then
 * there are two readings, and the product that there is decides. Empty when it is none of these.
 */
export function startsOf(payload: string): readonly Start[] {
  const [, only] = /^src_([\w-]{1,64})$/.exec(payload) ?? []
  if (only !== undefined) return [{ source: only.toLowerCase() }]
  const [, rest = ''] = /^p_([\w-]{1,62})$/.exec(payload) ?? []
  const at = rest.lastIndexOf('_src_')
  const [sku, source] = at > 0 ? [rest.slice(0, at), rest.slice(at + 5).toLowerCase()] : ['', '']
  return [...(SKU.test(rest) ? [{ sku: rest }] : []), ...(SKU.test(sku) && source !== '' ? [{ sku, source }] : [])]
}

/** What a link to this carries: the other way round than {@link startsOf}. */
export const payloadOf = ({ sku, source }: Start): string =>
  [sku && `p_${sku}`, source && `src_${source}`].filter(Boolean).join('_')

/** A door's link to a product, or to the shop, by a source or by none. */
export function linkOf({ shop, product, plain }: Door, { sku = '', source = '' }: Start): string {
  const template = sku === '' ? shop : source === '' ? plain : product
  return template.replaceAll('{source}', source).replaceAll('{sku}', sku)
}

/** Whether a link can be opened as it is; else it is to be said. */
export const isAddress = (link: string): boolean => /^https?:/.test(link)
