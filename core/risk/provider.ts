/** Whoever can send a text to a phone. */
export interface SmsSender {
  /**
   * Hands a text over to be sent to a number (digits, country code first).
   * @throws KeytillError `sms.unsent` when it is not known to have been taken: it may arrive all the same
   */
  send(to: string, text: string): Promise<void>
}
