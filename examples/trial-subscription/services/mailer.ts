export interface Mail {
  readonly to: string;
  readonly subject: string;
}

/** Stands in for a mail provider: a second mail under the same idempotency key is not sent. */
export function createMailer(onSend: (mail: Mail) => void = () => {}) {
  const sentByKey = new Map<string, Mail>();
  const unreachable = new Set<string>();
  let doubles = 0;
  return {
    /** Addresses whose server does not answer. */
    unreachable,
    get sent(): readonly Mail[] {
      return [...sentByKey.values()];
    },
    /** How many mails were refused because they had been sent before. */
    get doubles() {
      return doubles;
    },
    send: (mail: Mail, idempotencyKey: string) => {
      if (unreachable.has(mail.to)) throw new Error(`the server of ${mail.to} does not answer`);
      if (sentByKey.has(idempotencyKey)) {
        doubles += 1;
        return;
      }
      sentByKey.set(idempotencyKey, mail);
      onSend(mail);
    },
  };
}

export type Mailer = ReturnType<typeof createMailer>;
