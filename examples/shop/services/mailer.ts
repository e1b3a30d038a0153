export interface Mail {
  readonly to: string;
  readonly subject: string;
}

/** Stands in for a mail provider: a second mail under the same idempotency key is not sent. */
export function createMailer(onSend: (mail: Mail) => void = () => {}) {
  const sentByKey = new Map<string, Mail>();
  return {
    get sent(): readonly Mail[] {
      return [...sentByKey.values()];
    },
    send: (mail: Mail, idempotencyKey: string) => {
      if (sentByKey.has(idempotencyKey)) return;
      sentByKey.set(idempotencyKey, mail);
      onSend(mail);
    },
  };
}

export type Mailer = ReturnType<typeof createMailer>;
