/** The command that a text or a caption is, in lower case and without its slash; undefined when it is none. */
export function commandOf(text: string): { readonly name: string; readonly argument: string } | undefined {
  const [, name, argument = ''] = /^\/([a-z_]{1,32})(?:[\s]+([\s\S]*))?$/i.exec(text.trim()) ?? []
  return name === undefined ? undefined : { name: name.toLowerCase(), argument: argument.trim() }
}
