import { ProcessError } from "../../errors.ts";
import { nextTurn } from "../../platform/turn.ts";
import type { NewEvent } from "../../store/events.ts";
import { checkEvent, type EventDefaults, type EventRules } from "./check-event.ts";

// What is checked in one turn of the event loop. As many events as take some milliseconds, and no more JSON than takes as long.
const EVENTS_IN_A_TURN = 1_000;
const CHARACTERS_IN_A_TURN = 1_000_000;

/**
 * The events of a list, all of which can be stored. Of a long list some are checked in each turn of the event loop, so that other work
 * goes on meanwhile.
 * @throws ProcessError as {@link checkEvent} does, for the first that is none; `EVENT_INVALID` for more than `limits.events`. `of` says
 * where they were given
 */
export async function checkEvents(
  given: readonly unknown[],
  rules: EventRules,
  defaultsAt: (index: number) => EventDefaults,
  of: string,
): Promise<readonly NewEvent[]> {
  const { events: most } = rules.limits;
  if (given.length > most) {
    throw new ProcessError(
      "EVENT_INVALID",
      `${of}${given.length.toLocaleString("en-US")} events in one list, and limits.events is ${most.toLocaleString("en-US")}`,
      {
        hint: "Nothing was accepted. A list is one commit, during which nothing else can be done: dispatch several shorter ones, or raise limits.events.",
      },
    );
  }
  // The list is the caller's, who may change it before the next turn.
  const inputs = [...given];
  const events: NewEvent[] = [];
  let characters = 0;
  let begun = 0;
  for (const [index, input] of inputs.entries()) {
    if (index - begun === EVENTS_IN_A_TURN || characters >= CHARACTERS_IN_A_TURN) {
      await new Promise<void>((resolve) => nextTurn(resolve));
      begun = index;
      characters = 0;
    }
    const checked = checkEvent(input, rules, defaultsAt(index), { index, count: inputs.length, of });
    // A turn is waited for only where a schema is asynchronous.
    const event = checked instanceof Promise ? await checked : checked;
    events.push(event);
    characters += event.payload.length;
  }
  return events;
}
