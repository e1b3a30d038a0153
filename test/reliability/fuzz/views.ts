import type { ProcessSystem } from "perdure";
import { specs } from "./domain.ts";
import { foldContext } from "../../support/fold-context.ts";
import { count, countAwaitingLimit, countNewer, overdueCommands, overdueTimers } from "./model/rest.ts";
import type { State } from "./model/state.ts";
import { demand } from "./model/violation.ts";
import { nothing, tellContext } from "./remembered.ts";

/** Throws unless the views of a system at rest show what the model holds. */
export async function checkViews(system: ProcessSystem, model: State): Promise<void> {
  const { counts, deadLetters, lag } = system.overview.getSnapshot().context;
  for (const { process } of specs) {
    for (const status of ["started", "completed", "timed_out", "failed", "cancelled"] as const) {
      const count = counts[process]![status];
      const found = await system.processes.find({ process, status, limit: 10_000 });
      demand(found.length === count, `overview: ${count} of ${process} are ${status}; found are ${found.length}`);
      for (const { processId, endedAt, dueAt, context, outcome, version, suspended } of found) {
        const instance = model.instances.get(processId);
        demand(instance?.status === status, `${processId} is ${status}; right is ${instance?.status}`);
        demand(
          (endedAt === undefined) === instance.isOpen,
          `${processId} is ${instance.isOpen ? "open, and has" : "ended, and has not"} an end`,
        );
        demand(
          tellContext(context) === tellContext(instance.context),
          `${processId} remembers ${tellContext(context)}; right is ${tellContext(instance.context)}`,
        );
        demand((suspended !== undefined) === instance.isSuspended, `${processId} is ${instance.isSuspended ? "" : "not "}suspended`);
        demand(version === instance.version, `${processId} is of version ${version}; right is ${instance.version}`);
        demand(outcome === instance.outcome, `${processId} has the outcome ${outcome}; right is ${instance.outcome}`);
        const expected = instance.isOpen ? instance.dueAt : undefined;
        demand(dueAt?.getTime() === expected, `${processId} is due at ${dueAt?.getTime()}; right is ${expected}`);
      }
    }
  }
  const all = await system.processes.find({ limit: 10_000 });
  demand(all.length === model.instances.size, `${all.length} instances are found; right is ${model.instances.size}`);
  const letters = await system.deadLetters.list({ status: "any", limit: 10_000 });
  demand(letters.length === model.letters.size, `${letters.length} letters are listed; right is ${model.letters.size}`);
  for (const { id, status } of letters) demand(model.letters.get(id)?.status === status, `letter ${id} is ${status}`);
  const open = letters.filter(({ status }) => status === "open").length;
  demand(deadLetters === open, `overview: ${deadLetters} letters; ${open} are open`);
  const { waiting, parked, keptEvents, accepted } = await system.lag();
  demand(lag.waiting === waiting + parked + keptEvents, `overview: ${lag.waiting} wait; ${waiting}, ${parked} and ${keptEvents} do`);
  demand(
    lag.accepted === accepted && accepted === model.accepted.size,
    `${lag.accepted} and ${accepted} were accepted; right is ${model.accepted.size}`,
  );
  const kept = [...model.mailboxes.values()].filter(({ open }) => open === undefined).flatMap(({ queue }) => queue);
  const told = (await system.timers.list({ kind: "kept", limit: 10_000 })).map(({ dueAt }) => dueAt.getTime());
  const expected = kept.flatMap(({ keptUntil }) => keptUntil ?? []).toSorted((a, b) => a - b);
  demand(told.join() === expected.join(), `early events go at ${told.join()}; right is ${expected.join()}`);
  for (const { kind, processId } of await system.timers.list({ kind: "timeout", limit: 10_000 })) {
    demand(model.instances.get(processId!)?.isOpen === true, `${processId} has ended, and has a ${kind}`);
  }
}

/** The same for the lag, while no handler runs. */
export async function checkLag(system: ProcessSystem, model: State, now: number): Promise<void> {
  const lag = await system.lag();
  const { waiting, parked, keptEvents: kept, deadLetters, running, awaitingLimit, newerInstances } = lag;
  const [told, expected] = [{ waiting, parked, kept }, count(model, now)].map((each) => JSON.stringify(each));
  demand(told === expected, `lag: ${told}; right is ${expected}`);
  demand(deadLetters === [...model.letters.values()].filter(({ status }) => status === "open").length, `lag: ${deadLetters} letters`);
  const [timers, commands, limited] = [overdueTimers(model, now), overdueCommands(model, now), countAwaitingLimit(model, now)];
  demand(lag.overdueTimers === timers, `lag: ${lag.overdueTimers} timers are overdue; right is ${timers}`);
  demand(lag.overdueCommands === commands, `lag: ${lag.overdueCommands} commands are overdue; right is ${commands}`);
  demand(
    tellContext(awaitingLimit) === tellContext(limited),
    `lag: ${tellContext(awaitingLimit)} wait for limits; right is ${tellContext(limited)}`,
  );
  demand(newerInstances === countNewer(model), `lag: ${newerInstances} instances are newer; right is ${countNewer(model)}`);
  demand(running === 0, `lag: ${running} are running`);
}

/** Throws unless the context of each instance is what its journal's changes add up to, and the index finds it by what it remembers. */
export async function checkContexts(system: ProcessSystem, model: State): Promise<void> {
  for (const { processId, process, context, outcome } of await system.processes.find({ limit: 10_000 })) {
    const history = await system.processes.history(processId);
    const folded = foldContext(history);
    demand(
      tellContext(folded) === tellContext(context),
      `${processId} remembers ${tellContext(context)}; its journal adds up to ${tellContext(folded)}`,
    );
    const told = history.find((entry) => entry.outcome !== undefined)?.outcome;
    demand(told === outcome, `${processId} has the outcome ${outcome}; its journal says ${told}`);
    if (context === undefined) continue;
    for (const key of [...Object.keys(nothing), "spare"]) {
      const value = context[key] as string | number | undefined;
      if (value === undefined) continue;
      const found = await system.processes.find({ process, where: { [key]: value }, limit: 10_000 });
      const expected = [...model.instances.values()].filter(
        (each) => each.spec.process === process && Object.entries(each.context ?? {}).some(([name, is]) => name === key && is === value),
      );
      demand(
        found.length === expected.length && found.some((each) => each.processId === processId),
        `${found.length} instances of ${process} are found by ${key} ${value}; right is ${expected.length}`,
      );
    }
  }
}

/** Throws unless the lag is zero. */
export async function checkNoLag(system: ProcessSystem): Promise<void> {
  const { accepted, handled, ignored: _, awaitingLimit, ...left } = await system.lag();
  demand(Object.keys(awaitingLimit).length === 0, `at the end: ${tellContext(awaitingLimit)} wait for limits`);
  for (const [name, count] of Object.entries(left)) demand(count === 0, `at the end: lag().${name} is ${count}`);
  demand(accepted === handled, `at the end: ${handled} of ${accepted} events are handled`);
}
