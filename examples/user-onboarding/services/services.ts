import { createMailer, type Mail, type Mailer } from "./mailer.ts";
import { createUsers, type Users } from "./users.ts";

/** The world outside of the process, all of it in memory. */
export interface Services {
  readonly users: Users;
  readonly mailer: Mailer;
  /** What was put on the desk of support. */
  readonly tickets: string[];
}

export function createServices(onSend?: (mail: Mail) => void): Services {
  return { users: createUsers(), mailer: createMailer(onSend), tickets: [] };
}
