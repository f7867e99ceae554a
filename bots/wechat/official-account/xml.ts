import { parseXml, XmlElement } from '@rgrove/parse-xml'

/** What XML cannot hold, though people can type and paste it and WeChat passes it on. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g

/**
 * The fields of a message as WeChat writes it: `<xml>` with one element a field, without the characters that XML cannot hold.
 * Undefined for anything else; one with a document type is not read at all.
 */
export function readFields(message: string): ReadonlyMap<string, string> | undefined {
  const xml = message.replace(FORBIDDEN, '')
  if (xml.includes('<!DOCTYPE')) return undefined
  try {
    const { root } = parseXml(xml)
    if (root?.name !== 'xml') return undefined
    const fields = new Map<string, string>()
    for (const child of root.children) {
      if (!(child instanceof XmlElement)) continue
      // Whoever reads the first and whoever reads the last would read two messages.
      if (fields.has(child.name)) return undefined
      fields.set(child.name, child.text)
    }
    return fields
  } catch {
    return undefined
  }
}

/** Fields as `<xml>`; numbers as they are, texts as CDATA, without the characters that XML cannot hold. */
export function writeFields(fields: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(fields).map(
    ([name, value]) => `<${name}>${typeof value === 'number' ? value : cdata(value)}</${name}>`,
  )
  return `<xml>${lines.join('')}</xml>`
}

const cdata = (text: string): string =>
  `<![CDATA[${text.replace(FORBIDDEN, '').replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
