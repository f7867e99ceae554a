import type { custody as Zh } from '../../zh/staff/custody.ts'
import { counted } from '../counted.ts'

export const custody: typeof Zh = {
  exportButton: '📤 Export keys',
  exportsButton: '📤 Exports',
  exportsTitle: (total) => `Exports (${total})`,
  exportsNone: 'No keys were exported yet.',
  exportHow: 'To export: /export SKU count, or /export batch number count; or the button on a product or a batch.',
  exportScope: (sku, batch) => (batch === undefined ? `product ${sku}` : `batch ${batch} (${sku})`),
  exportTitle: (scope) => `Export keys · ${scope}`,
  exportNone: 'There is no key to export here: only those that are not reserved, sold, frozen, void or expired.',
  exportAsk: (available, most) =>
    most < available
      ? `Can be exported: ${available}, at most ${most} at a time. How many?`
      : `Can be exported: ${available}. How many?`,
  exportAll: (count) => `All ${count}`,
  exportTooMany: (most) => `Please send a number from 1 to ${most}.`,
  exportWhy: (count) => `Export ${count}. Why? For example: back to the supplier, to our other shop, no longer sold.`,
  exportSure: (count) => `Export ${counted(count, 'key')}?`,
  exportWhich: 'These are the ones that would be sold last, so that nobody who is buying now is in the way.',
  exportForGood: 'This cannot be undone: they are never sold in this shop again, and cannot be imported into it again.',
  exportTo: 'Only you get the file, in this chat. You can have it again for an hour; then only the record is left.',
  exportYes: (count) => `Export ${count}`,
  exportAsked: 'That button is old. Please ask again.',
  exportDone: 'The keys are taken out. Their file comes in a moment.',
  exportLine: (id, scope, keys, by) => `#${id} ${scope}, ${counted(keys, 'key')}, ${by}`,
  exportRecord: (id) => `Export #${id}`,
  exportKeys: (keys) => `Keys: ${keys}`,
  exportReason: (reason) => `Reason: ${reason}`,
  exportBy: (name, time) => `By ${name}, ${time}`,
  exportSent: (time) => (time === undefined ? 'The file has not arrived yet.' : `The file arrived ${time}.`),
  exportAgain: 'Send the file again',
  exportFile: (keys) =>
    `Here ${keys === 1 ? 'is' : 'are'} ${counted(keys, 'key')}, as another shop imports them. Do not save it from a spreadsheet: long numbers would change. Delete this message when you are done.`,
  exportUnknown: 'There is no such export.',
  securityExport: (limit) => `Exports of keys need a second person: ${limit}`,
  fromKeys: (keys) => (keys === 1 ? 'always' : `from ${keys} keys a day`),
  securityRotation: (isOn) =>
    isOn ? 'Another vault key needs a second person: yes' : 'Another vault key needs a second person: no',
  rotationOn: 'Second person for the vault key',
  rotationOff: 'No second person for the vault key',
  actExport: (keys, scope) => `Export ${counted(keys, 'key')} · ${scope}`,
  actRotation: (version) => `Use version ${version} of the vault key`,
  rotationWhat:
    'Asked for by whoever runs the program. From then on everything new is sealed to the new key; what is there is sealed anew afterwards, while the shop goes on.',
}
