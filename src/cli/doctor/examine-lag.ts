import type { Lag } from "../../observe/lag.ts";
import { countOf } from "../../platform/count-of.ts";
import { formatSpan } from "../terminal/moment.ts";
import type { Finding } from "./finding.ts";

const LONG_WAIT_MS = 60_000;

/** How far the work is behind. `isServed`: whether somebody is there to do it. */
export function examineLag({ waiting, oldestWaitingMs, overdueTimers, parked, awaitingLimit }: Lag, isServed: boolean): Finding {
  const limited = Object.values(awaitingLimit).reduce((sum, count) => sum + count, 0);
  const parts = [`${countOf(waiting, "event")} waiting`, `${parked} parked`, `${countOf(overdueTimers, "timer")} overdue`];
  const text = [...parts, ...(limited === 0 ? [] : [`${countOf(limited, "command")} waiting for a limit`])].join(", ");
  if (waiting === 0 && overdueTimers === 0) return { about: "lag", state: "ok", text };
  if (!isServed) return { about: "lag", state: "warning", text, fix: "A worker takes them up when it starts." };
  if (oldestWaitingMs < LONG_WAIT_MS) return { about: "lag", state: "ok", text };
  return {
    about: "lag",
    state: "warning",
    text: `${text}; the oldest event waits for ${formatSpan(oldestWaitingMs)}`,
    fix: "Look for handlers that fail or hang: `perdure stats`, `perdure timers --kind retry`.",
  };
}

export function examineLetters(open: number): Finding {
  const text = open === 0 ? "none is open" : `${open} open`;
  return open === 0
    ? { about: "dead letters", state: "ok", text }
    : { about: "dead letters", state: "warning", text, fix: "Look at them with `perdure dead-letters list`." };
}
