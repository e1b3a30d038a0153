import { type StateValue, type Status, statuses } from "../definition/model/instance.ts";
import { errorToText } from "../errors.ts";
import { readStateValue } from "../machine/state-paths.ts";
import type { Page } from "../observe/page.ts";
import type { ProcessFilter } from "../observe/processes.ts";
import { type TimerKind, timerKinds } from "../store/timers.ts";
import type { Desk } from "./desk.ts";
import { Refusal } from "./respond.ts";
import { showInstance, showLetter, showSchedule, showTimer } from "./show.ts";
import type { WireInstance, WireLetter, WirePage, WireSchedule, WireTimer } from "./wire.ts";

const PAGE = 50;
const LETTERS = 200;

/** What an address asks for: `name` gives a field of it that is neither missing nor empty. */
export type Query = (name: string) => string | undefined;

function toWire<Item, Wire>(page: Page<Item>, show: (item: Item) => Wire): WirePage<Wire> {
  return { items: page.map(show), nextCursor: page.nextCursor };
}

/** Without its undefined fields, because a filter's fields are there or not. */
function given<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
}

/** `q` is a processId, or the key of an instance. */
export async function listInstances({ system }: Desk, query: Query): Promise<WirePage<WireInstance>> {
  const search = query("q");
  const byId = search === undefined ? undefined : await system.processes.get(search);
  if (byId !== undefined) return { items: [showInstance(byId)] };
  const filter = { ...readFilter(query), ...given({ cursor: query("cursor") }) };
  return toWire(await system.processes.find({ ...filter, limit: PAGE }), showInstance);
}

/** Which instances a list shows, whose `q` is a key. @throws Refusal of an unknown status */
export function readFilter(query: Query): ProcessFilter {
  return given({
    process: query("process"),
    status: readStatus(query("status")),
    state: readState(query("state")),
    outcome: query("outcome"),
    suspended: query("suspended") === undefined ? undefined : query("suspended") === "yes",
    aggregateId: query("q") ?? query("aggregate"),
  });
}

/** A state as JSON, which the journal has, or as a path, which people write. @throws Refusal */
export function readState(given: string | undefined): StateValue | undefined {
  if (given === undefined) return undefined;
  try {
    return readStateValue(given);
  } catch (error) {
    throw new Refusal(400, "FILTER_INVALID", `The state ${errorToText(error)}.`);
  }
}

function readStatus(given: string | undefined): Status | undefined {
  const status = statuses.find((each) => each === given);
  if (given === undefined || status !== undefined) return status;
  throw new Refusal(400, "FILTER_INVALID", `No status is called ${JSON.stringify(given)}.`, `They are ${statuses.join(", ")}.`);
}

/** `status` is `open` unless told otherwise. */
export async function listLetters({ system, showError }: Desk, query: Query): Promise<WirePage<WireLetter>> {
  const filter = given({ process: query("process"), aggregateId: query("aggregate"), cursor: query("cursor") });
  return toWire(await system.deadLetters.list({ ...filter, limit: LETTERS }), (letter) => showLetter(letter, showError));
}

export async function listTimers({ system }: Desk, query: Query): Promise<WirePage<WireTimer>> {
  const filter = given({
    process: query("process"),
    aggregateId: query("aggregate"),
    kind: readKind(query("kind")),
    cursor: query("cursor"),
  });
  return toWire(await system.timers.list({ ...filter, limit: PAGE }), showTimer);
}

function readKind(given: string | undefined): TimerKind | undefined {
  const kind = timerKinds.find((each) => each === given);
  if (given === undefined || kind !== undefined) return kind;
  throw new Refusal(400, "FILTER_INVALID", `No timer is a ${JSON.stringify(given)}.`, `They are ${timerKinds.join(", ")}.`);
}

export async function listSchedules({ system, showError }: Desk): Promise<WirePage<WireSchedule>> {
  return { items: (await system.schedules.list()).map((schedule) => showSchedule(schedule, showError)) };
}
