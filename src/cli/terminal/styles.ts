import type { Status } from "../../definition/model/instance.ts";
import type { DeadLetterStatus } from "../../store/dead-letters.ts";
import { type Style, styled, type Styled } from "./text.ts";

/** A status in its colour, or `text` in the colour of a status. */
export function styleStatus(status: Status | DeadLetterStatus, text: string = status): Styled {
  return styled(styles[status], text);
}

const styles: Readonly<Record<Status | DeadLetterStatus, Style>> = {
  started: "cyan",
  completed: "green",
  timed_out: "yellow",
  cancelled: "dim",
  failed: "red",
  open: "red",
  retried: "green",
  skipped: "dim",
  discarded: "dim",
};
