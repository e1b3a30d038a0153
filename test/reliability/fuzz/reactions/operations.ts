import * as fc from "fast-check";

export interface Fault {
  /** `final`: it has no other attempt. `later`: its next attempt is a minute away. */
  readonly kind: "throw" | "final" | "later";
  /** How many attempts of a generation fail; `null`: all, until everything is healed. */
  readonly times: number | null;
}

export interface CommandPlan {
  readonly fault: Fault | undefined;
  readonly delayMs: number | undefined;
  readonly ownLane: boolean;
  /** Whether it returns an event, to which a policy reacts. */
  readonly tells: boolean;
}

export interface PolicyPlan {
  readonly fault: Fault | undefined;
  readonly turns: number;
  readonly commands: readonly CommandPlan[];
}

export interface EventPlan {
  readonly aggregateId: string;
  /** How long before now it occurred, in milliseconds. */
  readonly agoMs: number;
  readonly tell: PolicyPlan;
  readonly remind: PolicyPlan;
}

export const crashPoints = ["before-accept", "after-accept", "before-command", "after-command"] as const;

export type Operation =
  | { readonly op: "dispatch"; readonly events: readonly EventPlan[] }
  /** An event whose eventId was dispatched before. */
  | { readonly op: "again"; readonly index: number }
  /** A command from outside; with `index`, under the commandId of one before. */
  | { readonly op: "command"; readonly aggregateId: string; readonly plan: CommandPlan; readonly index: number | undefined }
  | { readonly op: "advance"; readonly ms: number }
  | { readonly op: "restart" }
  | { readonly op: "crash"; readonly point: (typeof crashPoints)[number] }
  | { readonly op: "retry" | "edit" | "skip" | "discard"; readonly index: number }
  | { readonly op: "retryAll" | "skipAll" | "discardAll"; readonly aggregateId: string }
  /** A command that is not due yet: it is called off, or moved. */
  | { readonly op: "cancel" | "move"; readonly index: number; readonly ms: number };

const second = 1_000;
const minute = 60 * second;

const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const fault: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constantFrom<Fault["kind"]>("throw", "throw", "final", "later"),
  times: fc.constantFrom(1, 2, 3, null),
});
const command: fc.Arbitrary<CommandPlan> = fc.record({
  fault: maybe(fault),
  delayMs: maybe(fc.constantFrom(1, 20 * second, 5 * minute)),
  ownLane: fc.boolean(),
  tells: fc.boolean(),
});
const policy: fc.Arbitrary<PolicyPlan> = fc.record({
  fault: maybe(fault),
  turns: fc.nat(2),
  commands: fc.array(command, { maxLength: 2 }),
});
const aggregateId = fc.constantFrom("a", "a", "b", "c d");
const event: fc.Arbitrary<EventPlan> = fc.record({
  aggregateId,
  agoMs: fc.constantFrom(0, 0, 1, 30 * second, 10 * minute),
  tell: policy,
  remind: policy,
});
const index = fc.nat(5);
const ms = fc.constantFrom(1, second, 3 * second, 20 * second, minute, 6 * minute);

export const operations: fc.Arbitrary<readonly Operation[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ op: fc.constant("dispatch" as const), events: fc.array(event, { minLength: 1, maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("again" as const), index }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("command" as const), aggregateId, plan: command, index: maybe(index) }) },
    { weight: 6, arbitrary: fc.record({ op: fc.constant("advance" as const), ms }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("restart" as const) }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("crash" as const), point: fc.constantFrom(...crashPoints) }) },
    {
      weight: 4,
      arbitrary: fc.record({ op: fc.constantFrom("retry" as const, "edit" as const, "skip" as const, "discard" as const), index }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ op: fc.constantFrom("retryAll" as const, "skipAll" as const, "discardAll" as const), aggregateId }),
    },
    { weight: 2, arbitrary: fc.record({ op: fc.constantFrom("cancel" as const, "move" as const), index, ms }) },
  ),
  { minLength: 1, maxLength: 20, size: "large" },
);
