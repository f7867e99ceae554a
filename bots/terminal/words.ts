/** What the terminal itself says, around the screens of the shop. */
export interface Words {
  /** a pasted text of several lines, as it stands in the line being typed */
  pasted(number: number, lines: number): string
  missing(path: string): string
  unreadable(path: string): string
  tooLarge(path: string, megabytes: number): string
  saved(path: string): string
  picture(name: string): string
  notTaken: string
}

const en: Words = {
  pasted: (number, lines) => `[paste ${number}: ${lines} lines]`,
  missing: (path) =>
    `There is no file ${path}. A file is sent with @path/to/file and, after a space, what to do with it.`,
  unreadable: (path) => `${path} cannot be read. It must be a file that you may read, not a folder.`,
  tooLarge: (path, megabytes) => `${path} is larger than ${megabytes} MB. Split it and send the parts one by one.`,
  saved: (path) => `Saved as ${path}`,
  picture: (name) => `[picture: ${name}]`,
  notTaken: 'That was not taken in. Please send it again.',
}

const zh: Words = {
  pasted: (number, lines) => `[粘贴 ${number}：${lines} 行]`,
  missing: (path) => `找不到文件 ${path}。发送文件请输入 @文件路径，空格后写要执行的命令。`,
  unreadable: (path) => `无法读取 ${path}。它必须是您有权读取的文件，而不是文件夹。`,
  tooLarge: (path, megabytes) => `${path} 超过 ${megabytes} MB，请拆分后逐个发送。`,
  saved: (path) => `已保存为 ${path}`,
  picture: (name) => `[图片：${name}]`,
  notTaken: '消息没有送达，请重新发送。',
}

/** The words for an IETF language tag; English unless it is Chinese. */
export const wordsFor = (language: string | undefined): Words => (/^zh(?![a-z])/i.test(language ?? '') ? zh : en)
