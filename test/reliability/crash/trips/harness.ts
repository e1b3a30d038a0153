// What the files of the folder share. Perdure's own loader reads them, so that the worker gives its `act` in a place that every loader sees.
import type { Behaviour } from "./plan.ts";

interface Ledger {
  /** Writes a line, does the work, and then what the behaviour says. */
  act(facts: object, behaviour: Behaviour, attempt: number, work?: () => Promise<unknown>): Promise<void>;
}

const place = Symbol.for("perdure.crash.ledger");

function findLedger(): Ledger {
  const ledger = (globalThis as { readonly [place]?: Ledger })[place];
  if (ledger === undefined) throw new Error("the worker has no ledger");
  return ledger;
}

/** The parts of an action's arguments that are used here. */
interface ActionArgs {
  readonly event: { readonly type: string; readonly eventId: string; readonly payload?: unknown };
  readonly params?: unknown;
  readonly process: { readonly process: string; readonly processId: string; readonly aggregateId: string };
  readonly idempotencyKey: string;
  readonly attempt: number;
  readonly commands: Readonly<Record<string, (call: object) => Promise<unknown>>>;
}

/** The handler of an action: a line in the ledger. `sendCard` dispatches a command as well. */
export function createAction(action: string): (args: ActionArgs) => Promise<void> {
  return async ({ event, params, process: instance, idempotencyKey, attempt, commands }) => {
    const { process, processId, aggregateId } = instance;
    const { type, eventId } = event;
    const did = [action, (params as { readonly place?: string } | undefined)?.place].filter((part) => part !== undefined).join(" ");
    const facts = { what: "handler", process, processId, type, aggregateId, eventId, key: idempotencyKey, action: did };
    await findLedger().act(facts, chooseBehaviour(event, action), attempt, async () => {
      if (action !== "sendCard") return;
      const tag = `${eventId} ${did}`;
      const delay = count(tag) % 3 === 0 ? { delay: count(tag) % 200 } : {};
      await commands["postCard"]!({
        aggregateId,
        ...delay,
        payload: { tag, throws: count(tag) % 8 === 0 ? 1 : 0, takesMs: count(tag) % 4 },
      });
    });
  };
}

/** An event of the plan says how it goes; for what Perdure tells a chart by itself, its id does. Of several actions, some fail. */
function chooseBehaviour({ eventId, payload }: ActionArgs["event"], action: string): Behaviour {
  const planned = typeof payload === "object" && payload !== null && "takesMs" in payload ? (payload as Behaviour) : undefined;
  const fails = count(`${eventId} ${action}`) % 2 === 0;
  if (planned !== undefined) return { ...planned, throws: fails ? planned.throws : 0 };
  return { throws: fails && count(eventId) % 5 === 0 ? 1 : 0, breaks: null, takesMs: count(eventId) % 4 };
}

/** A number that follows from a text. */
function count(text: string): number {
  let sum = 5381;
  for (const letter of text) sum = (sum * 33 + letter.codePointAt(0)!) >>> 0;
  return sum;
}

interface CommandArgs {
  readonly command: {
    readonly commandId: string;
    readonly type: string;
    readonly aggregateId: string;
    readonly payload: unknown;
    readonly metadata: { readonly processId: string; readonly dueAt: Date };
  };
  readonly idempotencyKey: string;
  readonly attempt: number;
}

/** The handler of a command that a state invokes: its output names it. */
export async function handleInvoked(args: CommandArgs): Promise<{ readonly by: string }> {
  await handleCommand(args);
  return { by: args.command.commandId };
}

export async function handleCommand({ command, idempotencyKey, attempt }: CommandArgs): Promise<void> {
  const { commandId, type, aggregateId, payload, metadata } = command;
  const { processId, dueAt } = metadata;
  const behaviour = { breaks: null, ...(payload as Omit<Behaviour, "breaks"> & { readonly tag: string }) };
  const facts = { what: "command", processId, type, aggregateId, commandId, tag: behaviour.tag, dueAt: dueAt.getTime() };
  await findLedger().act({ ...facts, key: idempotencyKey }, behaviour, attempt);
}
