import { createTestSystem } from "perdure/testing";
import type { AnyStateMachine } from "xstate";
import type { DrawOptions } from "../../src/graph/draw-options.ts";
import { findCommands } from "../../src/graph/domain/found-commands.ts";
import { type Chart, describeMachine } from "../../src/machine/chart.ts";
import { findDefinition } from "../../src/machine/machine-meta.ts";
import { projectFolder } from "../docs/markdown.ts";

/** The chart of the process in examples/order-lifecycle. */
export async function describeExample(): Promise<Chart> {
  return describeMachine(await compileExample());
}

/** The commands that its handlers dispatch. */
export async function findInExample(): Promise<DrawOptions["found"]> {
  return findCommands(findDefinition(await compileExample())!);
}

async function compileExample(): Promise<AnyStateMachine> {
  await using test = await createTestSystem({ domain: `${projectFolder}examples/order-lifecycle/domain` });
  return test.system.machines["order/order-lifecycle"]!;
}
