import type { audit as Zh } from '../../zh/staff/audit.ts'

export const audit: typeof Zh = {
  rootTitle: (seal) => `🔏 Audit log, seal ${seal}`,
  rootHint:
    'Keep this message. On the server, npm run verify-audit -- --root and the characters above will show whether the log was changed since.',
}
