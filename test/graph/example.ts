import { createTestSystem } from "perdure/testing";
import { type Chart, describeMachine } from "../../src/machine/chart.ts";
import { projectFolder } from "../docs/markdown.ts";

/** The chart of the process in examples/order-lifecycle. */
export async function describeExample(): Promise<Chart> {
  await using test = await createTestSystem({ domain: `${projectFolder}examples/order-lifecycle/domain` });
  return describeMachine(test.system.machines["order/order-lifecycle"]!);
}
