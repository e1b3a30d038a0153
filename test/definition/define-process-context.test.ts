import { type Commands, defineProcess, type HandlerArgs } from "perdure";
import { expect, test } from "vitest";
import { z } from "zod";

const context = z.object({
  email: z.string().default(""),
  paid: z.boolean().default(false),
  stage: z.enum(["open", "packed"]).default("open"),
});
const base = { aggregate: "order", name: "shipping", startedBy: ["OrderPlaced"], completedBy: [] } as const;

test("types the context that handlers receive, and what they return of it", () => {
  const definition = defineProcess({
    ...base,
    context,
    completeWhen: ({ context }) => context.paid && context.stage === "packed",
    on: {
      OrderPlaced: async ({ event, context }) => {
        const before: string = context.email;
        return { email: before + event.aggregateId, stage: "open" };
      },
      PaymentReceived: () => ({ paid: true }),
      OrderViewed: () => {},
      OrderPacked: async ({ event }: HandlerArgs<{ at: string }, string, Commands, z.output<typeof context>>) =>
        event.payload.at === "" ? undefined : { paid: true },
      OrderOpened: () => ({ stage: "open" }),
      OrderClosed: async ({ context }) => (context.paid ? { stage: "packed" } : undefined),
    },
    onTimedOut: ({ event, context }) => ({ email: `late: ${context.email} since ${event.payload.startedAt.toISOString()}` }),
    onFailed: ({ event, context }) => ({ email: `${context.email}: ${event.payload.error.message}` }),
  });
  expect(definition.context?.initial).toBe('{"email":"","paid":false,"stage":"open"}');
});

test("refuses at compile time what the context does not have", () => {
  // @ts-expect-error The context has no key payd.
  defineProcess({ ...base, context, on: { OrderPlaced: () => ({ payd: true }) } });
  // @ts-expect-error Neither beside one that it has.
  defineProcess({ ...base, context, on: { OrderPlaced: () => ({ email: "a", payd: true }) } });
  // @ts-expect-error Nor in a promise.
  defineProcess({ ...base, context, on: { OrderPlaced: async ({ context }) => ({ email: context.email, payd: true }) } });
  // @ts-expect-error paid is true or false.
  defineProcess({ ...base, context, on: { OrderPlaced: () => ({ paid: "yes" }) } });
  // @ts-expect-error stage is a text.
  defineProcess({ ...base, context, on: { OrderPlaced: () => ({ stage: 1 }) } });
  // @ts-expect-error The context has no key payd.
  defineProcess({ ...base, context, completeWhen: ({ context }) => context.payd, on: {} });
  // @ts-expect-error The answer is true or false.
  defineProcess({ ...base, context, completeWhen: ({ context }) => context.email, on: {} });
  // @ts-expect-error The context has no key payd.
  defineProcess({ ...base, context, on: {}, onTimedOut: () => ({ email: "a", payd: true }) });
  // What a handler of a process without context returns is ignored.
  expect(defineProcess({ ...base, on: { OrderPlaced: () => ({ anything: 1 }) } }).context).toBeUndefined();
});
