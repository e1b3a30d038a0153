import type { CommandRun, PolicyRun } from "../check/evidence.ts";
import { groupBy, isAscending } from "../check/lists.ts";
import type { ReactionCheck } from "./check.ts";

/** In each lane one thing runs at a time, in order of due time: the attempts of a policy for an aggregate, and what it has dispatched. */
export function checkLanes(check: ReactionCheck): void {
  const { evidence, expect } = check;
  const running = new Map<string, string>();
  const laneByKey = new Map<string, string>();
  for (const line of evidence.ledger) {
    if (line.what === "end") {
      if (line.of !== "handler") running.delete(`${line.life} ${laneByKey.get(line.key)}`);
      continue;
    }
    if (line.what !== "policy" && line.what !== "command") continue;
    const lane = laneOf(line);
    const place = `${line.life} ${lane}`;
    const other = running.get(place);
    expect(other === undefined, () => `${nameRun(line)} began while ${other} ran, in the lane ${lane}`);
    running.set(place, nameRun(line));
    laneByKey.set(line.key, lane);
  }
  checkLaneOrder(check);
}

function laneOf(run: PolicyRun | CommandRun): string {
  return `${run.what === "policy" ? run.policy : (run.process ?? "")} ${run.aggregateId}`;
}

function nameRun(run: Pick<PolicyRun, "what" | "policy" | "eventId"> | Pick<CommandRun, "what" | "tag">): string {
  return run.what === "policy" ? `${run.policy} of ${run.eventId}` : `the command ${run.tag}`;
}

/**
 * What is due first runs first: the events of a policy in the order of their acceptance, and what they have dispatched in the order of their moments.
 * What an operator has retried comes later, with all that it dispatches then.
 */
function checkLaneOrder({ evidence, reactions, expect, plan }: ReactionCheck): void {
  const planned = new Map(reactions.filter(({ event }) => event.type === "OrderNoted").map((each) => [nameRun(toRun(each)), each]));
  const begun = firstOf(evidence.ledger.filter((line) => line.what === "policy" && planned.has(nameRun(line))) as readonly PolicyRun[]);
  for (const [lane, runs] of groupBy(begun, laneOf)) {
    const order = runs.map((run) => planned.get(nameRun(run))!.event.position);
    expect(isAscending(order, "loosely"), () => `the lane ${lane} took its events out of order: ${order.join()}`);
  }
  const steady = reactions.filter(({ letters }) => letters.length === 0).flatMap(({ behaviour }) => behaviour.says);
  const tags = new Set([...steady, ...plan.outside].filter(({ delayMs }) => delayMs === null).map(({ payload }) => payload.tag));
  const commands = firstOf(evidence.ledger.filter((line) => line.what === "command" && tags.has(line.tag)) as readonly CommandRun[]);
  for (const [lane, runs] of groupBy(commands, laneOf)) {
    const order = runs.map(({ dueAt }) => dueAt);
    expect(isAscending(order, "loosely"), () => `the lane ${lane} ran its commands out of order: ${order.join()}`);
  }
}

function toRun({ policy, event }: ReactionCheck["reactions"][number]): Pick<PolicyRun, "what" | "policy" | "eventId"> {
  return { what: "policy", policy, eventId: event.eventId };
}

/** The runs under the first key of each. */
function firstOf<Some extends PolicyRun | CommandRun>(runs: readonly Some[]): readonly Some[] {
  const keys = new Map<string, string>();
  for (const run of runs) if (!keys.has(nameRun(run))) keys.set(nameRun(run), run.key);
  return runs.filter((run) => keys.get(nameRun(run)) === run.key);
}
