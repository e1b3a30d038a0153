import { type Cards, createCards } from "./cards.ts";
import { createMailer, type Mail, type Mailer } from "./mailer.ts";

/** The world outside of the process, all of it in memory. */
export interface Services {
  readonly mailer: Mailer;
  readonly cards: Cards;
}

export function createServices(onSend?: (mail: Mail) => void): Services {
  return { mailer: createMailer(onSend), cards: createCards() };
}
