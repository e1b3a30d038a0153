import { definePolicy, defineProcess, type CommandHandlerArgs, type PolicyHandlerArgs } from "perdure";

/** What a handler does: it fails so often, and then dispatches or returns something. */
export interface ReactionPlan {
  readonly fails: number;
  readonly acts: readonly ActPlan[];
}

export interface ActPlan {
  readonly fails: number;
  readonly delayMs: number;
  readonly isKeyed: boolean;
  /** Whether an event follows from it, for an aggregate of its own. */
  readonly emits: boolean;
}

interface Payload {
  readonly label: string;
  readonly plan: ReactionPlan;
}

interface ActPayload {
  readonly label: string;
  readonly act: ActPlan;
}

export const policies = ["order/tell", "order/remind", "order/note"] as const;
export const NOTHING: ReactionPlan = { fails: 0, acts: [] };

/** A process, three policies and a command, which note what they do: by lane, in order. */
export function openReactions(now: () => number) {
  const log = new Map<string, string[]>();
  /** The aggregates that events have followed for. */
  const followed: string[] = [];
  let noted = 0;
  const note = (lane: string, line: string) => {
    noted += 1;
    log.set(lane, [...(log.get(lane) ?? []), `at ${now()} ${line}`]);
  };

  const handle = async (name: string, { event, commands, attempt, idempotencyKey }: PolicyHandlerArgs) => {
    const { label, plan } = event.payload as Payload;
    note(`order/${name} ${event.aggregateId}`, `${name} ${label} attempt ${attempt} ${idempotencyKey}`);
    const acts = plan.acts.map(async (act, index) => {
      const payload: ActPayload = { label: `${label}-${name}-${index}`, act };
      await commands["act"]!({ aggregateId: event.aggregateId, delay: act.delayMs, ...(act.isKeyed && { key: "k" }), payload });
    });
    await Promise.all(acts);
    if (attempt <= plan.fails) throw new Error(`${label} fails`);
  };
  const define = (name: string, on: string, delay?: "5m") =>
    definePolicy({ aggregate: "order", name, on, ...(delay !== undefined && { delay }), handler: (args) => handle(name, args) });

  const act = ({ command, attempt, idempotencyKey }: CommandHandlerArgs) => {
    const { label, act: plan } = command.payload as ActPayload;
    const { process, processId } = command.metadata;
    // Lanes of several instances run side by side, and what is compared here are those of no instance.
    note(`${process} ${command.aggregateId}${processId === "" ? "" : ` ${label}`}`, `act ${label} attempt ${attempt} ${idempotencyKey}`);
    if (attempt <= plan.fails) throw new Error(`${label} fails`);
    if (!plan.emits) return undefined;
    followed.push(label);
    return { type: "Noted", aggregateId: label, eventId: label, payload: { label, plan: NOTHING } };
  };

  return {
    definitions: [
      defineProcess({
        aggregate: "order",
        name: "life",
        startedBy: ["Placed"],
        completedBy: ["Done"],
        timeout: "7d",
        on: {
          Placed: async ({ event, commands }) => {
            const payload: ActPayload = { label: `${event.eventId}-life`, act: { fails: 0, delayMs: 0, isKeyed: false, emits: false } };
            await commands["act"]!({ aggregateId: event.aggregateId, delay: "1h", payload });
          },
        },
      }),
    ],
    policies: [define("tell", "Placed"), define("remind", "Placed", "5m"), define("note", "Noted")],
    commands: { act },
    log: log as ReadonlyMap<string, readonly string[]>,
    followed: followed as readonly string[],
    progress: () => noted,
  };
}
