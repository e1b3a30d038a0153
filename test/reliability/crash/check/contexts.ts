import { isDeepStrictEqual } from "node:util";
import { foldContext } from "../../../support/fold-context.ts";
import type { Check } from "./check.ts";
import { isDone } from "./evidence-index.ts";
import type { InstanceRow } from "./evidence.ts";
import { groupBy } from "./lists.ts";

/** What the instances of a domain remember. */
export interface Remembered {
  /** Whether a process has a context; with its last event in the index as `last`. */
  has(process: string): boolean;
  /** The events of the steps that a context tells of. */
  stepsOf(context: Readonly<Record<string, unknown>>): readonly unknown[];
  outcomeOf(instance: InstanceRow): string | null;
}

/**
 * An instance remembers what the journal's changes add up to, and that is each of its committed steps, once and in order. The index finds it
 * by just that (P2).
 */
export function checkContexts({ evidence, index, expect }: Check, { has, stepsOf, outcomeOf }: Remembered): void {
  const indexed = groupBy(evidence.indexed, ({ processId }) => processId ?? "nobody");
  expect(!indexed.has("nobody"), () => `${indexed.get("nobody")?.length} rows of the index are of no instance`);
  for (const instance of evidence.instances.values()) {
    const { processId, process, context, outcome, status } = instance;
    const rows = index.rowsByInstance.get(processId) ?? [];
    const folded = foldContext(rows.map(({ facts }) => facts));
    const remembers = context === null ? undefined : (JSON.parse(context) as Readonly<Record<string, unknown>>);
    const name = `${process} of ${processId}`;
    expect(
      isDeepStrictEqual(folded, remembers),
      () => `${name} remembers ${context}, and its journal adds up to ${JSON.stringify(folded)}`,
    );
    expect((remembers !== undefined) === has(process), () => `${name} remembers ${context}`);
    expect(outcome === outcomeOf(instance), () => `${name} is ${status} with the outcome ${outcome}`);
    const values = (indexed.get(processId) ?? []).map(({ key, value }) => `${key} ${value}`).join();
    const wanted = remembers === undefined ? "" : `last ${JSON.stringify(remembers.last)}`;
    expect(values === wanted, () => `${name} is found by ${values}, and not by ${wanted}`);
    if (remembers === undefined) continue;
    const steps = rows.filter((row) => isDone(row) && row.facts.handler !== undefined).map(({ facts }) => facts.event!.eventId);
    const remembered = stepsOf(remembers).join();
    expect(remembered === steps.join(), () => `${name} remembers the steps ${remembered}, and its journal has ${steps.join()}`);
  }
}
