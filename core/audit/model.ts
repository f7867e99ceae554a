/** What happened to what, by whom. `data` holds ids, amounts and reasons: never a key, a name or a chat account. */
export interface AuditEntry {
  /** a customer's pseudonym, `system` or `operator` */
  readonly actor: string
  /** what was done, as `order.placed` */
  readonly action: string
  /** to what, as `order:K7MQ4XD2` */
  readonly subject: string
  readonly data?: Readonly<Record<string, unknown>>
}
