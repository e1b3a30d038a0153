import { createDesk, type Desk } from "./desk.ts";
import { createMailer, type Mail, type Mailer } from "./mailer.ts";
import { createUsers, type Users } from "./users.ts";

/** The world outside of the process, all of it in memory. */
export interface Services {
  readonly users: Users;
  readonly mailer: Mailer;
  readonly desk: Desk;
}

export function createServices(onSend?: (mail: Mail) => void): Services {
  return { users: createUsers(), mailer: createMailer(onSend), desk: createDesk() };
}
