import type { ProcessSystem } from "perdure";
import { specs } from "./domain.ts";
import { foldContext } from "../../support/fold-context.ts";
import { demand, type Model } from "./model.ts";
import { nothing, tellContext } from "./remembered.ts";

/** Throws unless the views of a system at rest show what the model holds. */
export async function checkViews(system: ProcessSystem, model: Model): Promise<void> {
  const { counts, deadLetters, lag } = system.overview.getSnapshot().context;
  for (const { process } of specs) {
    for (const status of ["started", "completed", "timed_out", "failed"] as const) {
      const count = counts[process]![status];
      const found = await system.processes.find({ process, status, limit: 10_000 });
      demand(found.length === count, `overview: ${count} of ${process} are ${status}; found are ${found.length}`);
      for (const { processId, endedAt, dueAt, context, outcome } of found) {
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
  const { waiting, parked, accepted } = await system.lag();
  demand(lag.waiting === waiting + parked, `overview: ${lag.waiting} wait; ${waiting} and ${parked} do`);
  demand(
    lag.accepted === accepted && accepted === model.accepted.size,
    `${lag.accepted} and ${accepted} were accepted; right is ${model.accepted.size}`,
  );
  for (const { kind, processId } of await system.timers.list({ kind: "timeout", limit: 10_000 })) {
    demand(model.instances.get(processId!)?.isOpen === true, `${processId} has ended, and has a ${kind}`);
  }
}

/** The same for the lag, while no handler runs. */
export async function checkLag(system: ProcessSystem, model: Model, now: number): Promise<void> {
  const { waiting, parked, deadLetters, overdueTimers, overdueCommands, running } = await system.lag();
  const expected = model.count();
  demand(
    waiting === expected.waiting && parked === expected.parked,
    `lag: ${waiting} wait, ${parked} parked; right is ${JSON.stringify(expected)}`,
  );
  demand(deadLetters === [...model.letters.values()].filter(({ status }) => status === "open").length, `lag: ${deadLetters} letters`);
  demand(overdueTimers === model.overdueTimers(now), `lag: ${overdueTimers} timers are overdue`);
  demand(overdueCommands === model.overdueCommands(now), `lag: ${overdueCommands} commands are overdue`);
  demand(running === 0, `lag: ${running} are running`);
}

/** Throws unless the context of each instance is what its journal's changes add up to, and the index finds it by what it remembers. */
export async function checkContexts(system: ProcessSystem, model: Model): Promise<void> {
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
  const { accepted, handled, waiting, oldestWaitingMs, parked, overdueTimers, pendingCommands, overdueCommands, deadLetters, running } =
    await system.lag();
  const left = { waiting, oldestWaitingMs, parked, overdueTimers, pendingCommands, overdueCommands, deadLetters, running };
  for (const [name, count] of Object.entries(left)) demand(count === 0, `at the end: lag().${name} is ${count}`);
  demand(accepted === handled, `at the end: ${handled} of ${accepted} events are handled`);
}
