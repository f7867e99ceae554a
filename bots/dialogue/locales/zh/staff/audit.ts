export const audit = {
  rootTitle: (seal: string) => `🔏 审计日志，第 ${seal} 枚封印`,
  rootHint:
    '请保留这条消息：以后可以在服务器上用 npm run verify-audit -- --root 加上面这串字符，核对日志有没有被改动过。',
}
