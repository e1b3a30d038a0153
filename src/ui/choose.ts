import { openStatuses } from "../definition/model/instance.ts";
import { canChange } from "../observe/instance-verbs.ts";
import { nextTurn } from "../platform/turn.ts";
import type { ProcessFilter } from "../observe/processes.ts";
import type { InstanceVerb } from "../store/intervention.ts";
import type { Desk } from "./desk.ts";
import { type Query, readFilter } from "./lists.ts";
import { Refusal } from "./respond.ts";
import type { ChosenAnswer } from "./wire.ts";

/** The most instances that are chosen at once. */
export const MOST_CHOSEN = 5_000;

const PAGE = 500;

const verbs = ["cancel-instance", "suspend-instance", "resume-instance"] as const satisfies readonly InstanceVerb["kind"][];

/**
 * Which instances a verb would take, of those that a list shows: those that are open and can be changed so. It changes nothing.
 * @throws Refusal of an unknown verb
 */
export async function chooseInstances({ system }: Desk, query: Query): Promise<ChosenAnswer> {
  const asked = query("verb");
  const verb = verbs.find((each) => each === asked);
  if (verb === undefined) throw new Refusal(400, "VERB_UNKNOWN", `Nothing is called ${JSON.stringify(asked)} here.`);
  const filter = readFilter(query);
  const chosen: string[] = [];
  for (const status of openStatuses) {
    if (filter.status !== undefined && filter.status !== status) continue;
    for await (const instance of walk(system, { ...filter, status })) {
      if (instance.endedAt !== undefined || !canChange(verb, instance)) continue;
      if (chosen.length === MOST_CHOSEN) return { ids: chosen, isWhole: false };
      chosen.push(instance.processId);
    }
  }
  return { ids: chosen, isWhole: true };
}

async function* walk({ processes }: Desk["system"], filter: ProcessFilter) {
  for (let cursor: string | undefined; ;) {
    const page = await processes.find({ ...filter, limit: PAGE, ...(cursor !== undefined && { cursor }) });
    yield* page;
    cursor = page.nextCursor;
    if (cursor === undefined) return;
    // What else this OS process does has its turn between two pages.
    await new Promise<void>((resolve) => nextTurn(resolve));
  }
}
