import type { DispatchedEvent } from "../../definition/model/dispatched-event.ts";
import { ProcessError } from "../../errors.ts";
import { dropPromise } from "../../platform/promises.ts";
import { nextTurn } from "../../platform/turn.ts";
import type { NewEvent } from "../../store/events.ts";
import { checkEvent, type EventDefaults, type EventRules } from "./check-event.ts";

// How much is checked in one turn of the event loop: as many events, or as much JSON, as take some milliseconds.
const EVENTS_IN_A_TURN = 1_000;
const CHARACTERS_IN_A_TURN = 1_000_000;

/**
 * The events of a list, all of which can be stored. A long list is checked over several turns of the event loop, so that other work goes on
 * meanwhile. One event alone, which is what most callers give, is checked at once unless its schema is asynchronous. `of` says where the list
 * was given.
 * @throws ProcessError as {@link checkEvent} does, for the first event that is wrong; `EVENT_INVALID` for more events than `limits.events`
 */
export function checkEvents(
  given: readonly unknown[],
  rules: EventRules,
  defaultsAt: (index: number) => EventDefaults,
  of: string,
): readonly NewEvent[] | Promise<readonly NewEvent[]> {
  if (given.length !== 1) return checkList(given, rules, defaultsAt, of);
  const checked = checkEvent(given[0], rules, defaultsAt(0), { index: 0, count: 1, of });
  return checked instanceof Promise ? checked.then((event) => [event]) : [checked];
}

async function checkList(
  given: readonly unknown[],
  rules: EventRules,
  defaultsAt: (index: number) => EventDefaults,
  of: string,
): Promise<readonly NewEvent[]> {
  refuseLongList(given, rules, of);
  // The list is copied, because the caller may change it before the next turn.
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
    // Only an asynchronous schema costs a turn, because awaiting each event would cost one each.
    const event = checked instanceof Promise ? await checked : checked;
    events.push(event);
    characters += event.payload.length;
  }
  return events;
}

/**
 * The same at once, for who cannot wait, such as a transaction.
 * @throws ProcessError also `SCHEMA_ASYNC`
 */
export function checkEventsNow(
  given: readonly unknown[],
  rules: EventRules,
  defaultsAt: (index: number) => EventDefaults,
  of: string,
): readonly NewEvent[] {
  refuseLongList(given, rules, of);
  return given.map((input, index) => {
    const checked = checkEvent(input, rules, defaultsAt(index), { index, count: given.length, of });
    if (!(checked instanceof Promise)) return checked;
    dropPromise(checked);
    const { type } = input as DispatchedEvent;
    throw new ProcessError("SCHEMA_ASYNC", `${of}event (${type}): its schema is asynchronous, and its payload has to be checked at once`, {
      hint: "Nothing was accepted. Let the schema check without a promise, or dispatch the event where it can be awaited.",
      details: { index, type },
    });
  });
}

function refuseLongList(given: readonly unknown[], rules: EventRules, of: string): void {
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
}
