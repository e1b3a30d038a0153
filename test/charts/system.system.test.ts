import { rmSync } from "node:fs";
import * as fc from "fast-check";
import { test } from "vitest";
import { countRuns, timeout } from "../reliability/fuzz/runs.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { cases } from "./cases.ts";
import { begin, type Operation, operations, pickEvents } from "./operations.ts";
import { Reference } from "./reference.ts";
import { expectSame } from "./view.ts";
import { RETRIED_MS, World } from "./world.ts";

const SHORT_RUNS = 10;
const MACHINES = 5;
const START = Date.parse("2026-01-01T00:00:00Z");

/** Some machines side by side, so that a restart is a restart of several. */
const chosen = fc.subarray(Object.keys(cases), { minLength: MACHINES, maxLength: MACHINES });

test(
  "over restarts, crashes, retries and repeated events, charts do what XState's actors do that know none of them",
  { timeout },
  async () => {
    const file = createDatabasePath();
    const property = fc.asyncProperty(chosen, operations(12), async (names, sequence) => {
      const actors = names.map((name) => ({ name, given: cases[name]!, actor: new Reference(cases[name]!, START) }));
      const world = await World.open(names, { now: START, file });
      try {
        for (const operation of [begin, ...sequence]) {
          await performAll(operation, actors, world);
          const views = world.view();
          for (const { name, actor } of actors) expectSame({ name, ...views[name]! }, { name, ...actor.view() });
        }
      } finally {
        await world.close();
        for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
      }
    });
    await fc.assert(property, countRuns(SHORT_RUNS));
  },
);

interface Acting {
  readonly name: string;
  readonly given: (typeof cases)[string];
  readonly actor: Reference;
}

async function performAll(operation: Operation, actors: readonly Acting[], world: World): Promise<void> {
  if (operation.op === "advance") {
    for (const { actor } of actors) actor.advance(operation.ms);
    // What is invoked is late after a downtime.
    await world.advance(operation.ms, operation.isDown && actors.every(({ given }) => given.invokes === undefined));
    return;
  }
  // A retry that would come after the timeout of its process is dropped.
  const isLate = actors.some(({ actor }) => actor.msToTimeout <= RETRIED_MS);
  const fault = operation.fault === "throws" && isLate ? undefined : operation.fault;
  const events = actors.flatMap(({ name, given, actor }) =>
    pickEvents(given, operation.events).map((event) => {
      actor.dispatch(event);
      return { machine: name, ...event };
    }),
  );
  for (const { actor } of actors) actor.settle();
  await world.dispatch(events, fault);
  if (fault === "throws") for (const { actor } of actors) actor.advance(RETRIED_MS);
}
