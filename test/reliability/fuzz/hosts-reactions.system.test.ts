import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { RestateService } from "../../../src/restate/host/sdk.ts";
import type { FakeService } from "../../support/fake-restate/fake-restate.ts";
import { Difference } from "./hosts/compare.ts";
import { compareReactions, type Reaction, reactions } from "./hosts/compare-reactions.ts";
import { openRestateReactions, openSqliteReactions } from "./hosts/reactions-hosts.ts";
import { takeTurns } from "../../support/long-form.ts";
import { readRuns, timeout } from "./runs.ts";

type Wrap = (services: readonly RestateService[]) => readonly RestateService[];

async function compare(list: readonly Reaction[], wrap?: Wrap): Promise<void> {
  const sqlite = await openSqliteReactions();
  try {
    await compareReactions(sqlite, await openRestateReactions(wrap), list);
  } finally {
    await sqlite.close();
  }
}

test("policies and commands from outside live through the same on Restate as on SQLite", { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(reactions, (list) => compare(list)),
    readRuns(3_000),
  );
});

/** Puts another handler in the place of one of some services. */
function replace(
  method: string,
  isOf: (name: string) => boolean,
  make: (own: FakeService["handlers"][string]) => FakeService["handlers"][string],
): Wrap {
  return (services) =>
    (services as readonly FakeService[]).map((service) => {
      const own = service.handlers[method];
      if (own === undefined || !isOf(service.name)) return service;
      return { ...service, handlers: { ...service.handlers, [method]: Object.assign(make(own), own) } };
    });
}

const isOfPolicy = (name: string) => ["order.tell", "order.remind", "order.note"].includes(name);

/** What a host could do wrong. */
const faults: Readonly<Record<string, Wrap>> = {
  "handles an event twice": replace("accept", isOfPolicy, (own) => async (context, input) => {
    await own(context, input);
    return own(context, input);
  }),
  "does not bring events to a policy": replace(
    "accept",
    (name) => name === "order.note",
    () => async () => undefined,
  ),
  "loses the step of a letter that is retried": replace("settle", isOfPolicy, (own) => (context, input) => {
    const { settlement } = input as { readonly settlement: { readonly kind: string } };
    const lost = { kind: "discard", reason: null, by: null };
    return own(context, settlement.kind === "retry" ? { ...(input as object), settlement: lost } : input);
  }),
  "does not move a command that waits": replace(
    "change",
    (name) => name === "perdure.outside",
    () => async () => undefined,
  ),
};

test.each(takeTurns(Object.entries(faults), 2))("a host that %s is found", { timeout: 60_000 }, async (_, fault) => {
  const property = fc.asyncProperty(reactions, (list) => compare(list, fault));
  const { failed, errorInstance } = await fc.check(property, { seed: 7, numRuns: 100, endOnFailure: true });
  expect(failed).toBe(true);
  expect(errorInstance).toBeInstanceOf(Difference);
});
