import { readFileSync } from "node:fs";
import { definePolicy, defineProcess, type ProcessEvent } from "perdure";
import type { TestSystem, TestSystemOptions } from "perdure/testing";
import { z } from "zod";
import { openTestSystem } from "../support/order-process.ts";

/** What is said of one customer. It must not be found anywhere once that customer is erased. */
export const SECRET = "ada-lovelace-1815";

const context = z.object({ email: z.string().default(""), notes: z.array(z.string()).default([]) });

/**
 * From CustomerJoined to CustomerLeft, with a context that is indexed. A note is an event of the desk that took it, and concerns one customer or a
 * list of them.
 */
export const defineMembership = (failIf: (name: string) => void, index: readonly "email"[] = ["email"]) =>
  defineProcess({
    aggregate: "customer",
    name: "membership",
    startedBy: ["CustomerJoined"],
    completedBy: ["CustomerLeft"],
    timeout: "300d",
    context,
    index,
    correlate: { NoteTaken: ({ payload }: ProcessEvent) => (payload as { readonly about: string | readonly string[] }).about },
    on: {
      CustomerJoined: async ({ event, commands }) => {
        const { email } = event.payload as { readonly email: string };
        await commands["welcome"]!({ aggregateId: event.aggregateId, key: `mail to ${email}`, payload: { email } });
        return { email };
      },
      NoteTaken: ({ event, context: { notes }, process }) => {
        failIf(`note on ${process.aggregateId}`);
        return { notes: [...notes, (event.payload as { readonly text: string }).text] };
      },
    },
  });

export interface Customers {
  readonly test: TestSystem;
  /** What fails, by the name of the event, the command or the policy. Errors say the secret. */
  readonly broken: Set<string>;
}

export async function openCustomers(options: TestSystemOptions = {}): Promise<Customers> {
  const broken = new Set<string>();
  const failIf = (name: string) => {
    if (broken.has(name)) throw new Error(`no mail to ${SECRET}`);
  };
  const test = await openTestSystem({
    definitions: [defineMembership(failIf)],
    policies: [definePolicy({ aggregate: "customer", name: "count", on: "CustomerJoined", handler: () => failIf("count") })],
    commands: { welcome: () => failIf("welcome"), remind: () => failIf("remind") },
    processes: { retry: { retryStrategy: "fixed", initialDelay: "1h", maxRetries: 0 } },
    ...options,
  });
  return { test, broken };
}

export const joined = (aggregateId: string, secret = SECRET) => ({
  type: "CustomerJoined",
  eventId: `joined-${aggregateId}`,
  aggregateId,
  payload: { email: `${secret}@example.org` },
});

export const noted = (about: string, secret = SECRET) => ({
  type: "NoteTaken",
  eventId: `noted-${about}`,
  aggregateId: "desk-1",
  payload: { about, text: `likes ${secret}` },
});

export const left = (aggregateId: string) => ({
  type: "CustomerLeft",
  eventId: `left-${aggregateId}`,
  aggregateId,
  payload: { why: SECRET },
});

/** A customer who has come and gone, of whom a note was taken and letters were written. */
export async function tellStory({ test, broken }: Customers, aggregateId: string): Promise<void> {
  const { deadLetters } = test.system;
  const settle = async (how: (id: string) => Promise<unknown>) => {
    for (const { id } of await deadLetters.list({ status: "open" })) await how(id);
    await test.settle();
  };
  broken.add("count").add("welcome");
  await test.dispatch(joined(aggregateId));
  broken.clear();
  await settle((id) => deadLetters.retry(id, { by: "bo" }));
  await test.dispatch(noted(aggregateId));
  broken.add("remind");
  await test.system.commands["remind"]!({ aggregateId, payload: { email: SECRET } });
  await test.settle();
  broken.clear();
  await settle((id) => deadLetters.discard(id, { reason: `asked by ${SECRET}` }));
  await test.dispatch(left(aggregateId));
}

/** How often the secret stands in a file, if that is there. Do not call it while anything has the file open. */
export function countSecrets(path: string): number {
  return readFileSync(path).toString("latin1").split(SECRET).length - 1;
}
