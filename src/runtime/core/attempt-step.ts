import type { HandlerDefinition } from "../../definition/model/definition.ts";
import type { ProcessEvent } from "../../definition/model/event.ts";
import type { HandlerArgs } from "../../definition/model/handler.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { addLogFields } from "../../platform/logger.ts";
import { recordToInstance } from "../../record/instance.ts";
import { recordToEvent } from "../../record/own-event.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxEntry } from "../../store/mailbox.ts";
import type { Handled, StepContext } from "../decide/decide-step.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import { ActingProcess } from "./acting-instance.ts";
import { surround } from "./around.ts";
import type { AttemptEnd, AttemptResult } from "./attempt.ts";
import { limitHandler } from "./attempt-settings.ts";
import { changeContext, isComplete, openContext } from "./context.ts";
import { createStepArgs } from "./handler-args.ts";
import { HeldCommands } from "./held-commands.ts";
import type { Host, Turn } from "./host.ts";
import { findUnbegun, type OwnChange } from "./own-stage.ts";
import { openStage } from "./stage.ts";
import { beginStepSpan, inSpan, keepSpan } from "./trace-attempt.ts";

/** A step that a handler takes. */
export interface Step {
  readonly entry: MailboxEntry;
  readonly instance: InstanceRecord;
  readonly handler: HandlerDefinition;
  readonly machine: ProcessMachine;
}

/** A step for which there may be no handler. */
export interface PossibleStep extends Omit<Step, "handler"> {
  readonly handler: HandlerDefinition | undefined;
  /** Commits what it changes. */
  readonly commit: Host["commit"];
}

/** What came of an attempt that went well. */
export interface Attempted extends Pick<Handled, "commands" | "context" | "isComplete"> {
  /** What it changes of its own instance beside the context, if anything. */
  readonly change?: OwnChange | undefined;
}

/**
 * What an attempt has done, as it is decided on. Call it inside the transaction that writes the step where the attempt takes commands back, because
 * their turn may come at any other moment.
 */
export function settleChange(attempted: Attempted, { processId }: InstanceRecord, host: Pick<Host, "store" | "memory">): Handled {
  const { change, commands, context, isComplete } = attempted;
  if (change === undefined) return attempted;
  // One command may be meant by its id and by its key.
  const found = new Map(change.withdraws.flatMap((name) => findUnbegun(processId, name, host)).map((command) => [command.seq, command]));
  return { commands, context, isComplete, dueAt: change.dueAt, withdrawn: [...found.values()] };
}

/** Makes an attempt at a step when its turn has come. */
export function attemptInTurn(step: Step, host: Host): Promise<AttemptResult<Attempted>> {
  const { entry, handler } = step;
  const describe = () => ({
    id: keyToId(entry),
    name: `${handler.name} for ${entry.process} ${entry.aggregateId}`,
    attempt: entry.attempts + 1,
  });
  return host.inTurn("step", entry.event.position, describe, (turn) => attemptStep(step, host, turn));
}

function attemptStep(step: Step, host: Host, turn: Turn): Promise<AttemptResult<Attempted>> {
  const { entry, instance, handler, machine } = step;
  const { clock, domain, commandNames, settings, around } = host;
  const { process, processId, aggregateId } = instance;
  const { event, kind, generation, attempts } = entry;
  const logger = addLogFields(host.logger, { process, processId, aggregateId, handler: handler.name, eventId: event.eventId });
  const idempotencyKey = host.identities.nameStep(entry, event, generation);
  const held = around && new HeldCommands();
  let handed: ProcessEvent | undefined;
  const stage = openStage(domain, commandNames, {
    process,
    processId,
    aggregateId,
    event,
    handed: () => handed?.payload,
    idempotencyKey,
    handler: handler.name,
    now: clock.now(),
    limits: settings.limits,
    logger,
    // What a timer's handlers dispatch is parked as what an event's dispatch is.
    origin: kind === "timer" ? "event" : kind,
    hasTimeout: machine.definition.timeout !== undefined,
    store: host.store,
    memory: host.memory,
    noteDelay: held?.noteDelay,
  });
  const perform = async (end: AttemptEnd) => {
    handed = recordToEvent(event, kind);
    const given = {
      event: handed,
      commands: stage.commands,
      context: openContext(instance, machine.definition),
      idempotencyKey,
      attempt: attempts + 1,
      logger,
    };
    const args = createStepArgs(given, end, () => new ActingProcess(recordToInstance(instance), () => stage.own()));
    // Handlers are stored as taking `never`, so that one with a narrower payload is a handler too.
    const returned = await (handler.run as (args: HandlerArgs) => unknown)(args);
    stage.close();
    const commands = stage.settle();
    // Only an asynchronous schema costs a turn.
    const staged = commands instanceof Promise ? await commands : commands;
    const done = { commands: staged, change: stage.change() };
    return machine.definition.context === undefined && machine.definition.completeWhen === undefined
      ? done
      : finishStep(step, done, returned, host);
  };
  // Without anybody around it, the attempt pays nothing for this.
  const performAround =
    around &&
    surround({
      around,
      logger,
      describe: () => ({
        kind: "step",
        process,
        processId,
        aggregateId,
        handler: handler.name,
        event: recordToEvent(event, kind),
        attempt: attempts + 1,
        idempotencyKey,
      }),
      perform,
      tell: ({ commands }) => held!.tell(commands),
    });
  const span = beginStepSpan(step, host);
  const attempt = host.attempts.run(
    inSpan(span, performAround ?? perform),
    {
      name: () => `process "${process}", aggregate "${aggregateId}", ${handler.name}`,
      limit: limitHandler(machine.definition, settings),
      isInDoubt: turn.isInDoubt,
    },
    () => {
      stage.close();
      turn.end();
      host.noteOutlived(handler);
    },
  );
  return keepSpan(span, attempt);
}

/** What the handler has returned changes the context, and the context may say that this was the last event. */
async function finishStep(step: Step, done: Attempted, returned: unknown, { settings, noteContext }: Host): Promise<Attempted> {
  const { instance, handler, machine } = step;
  const { process, aggregateId } = instance;
  const context = await changeContext({
    instance,
    definition: machine.definition,
    returned,
    limit: settings.limits.context,
    place: `process "${process}", aggregate "${aggregateId}", ${handler.name}`,
  });
  if (context !== undefined) noteContext(process, context.json);
  return { ...done, context, isComplete: isLastEvent(step, context?.json ?? instance.context) };
}

/** Whether the instance is complete after this entry, by what its context is then. */
export function isLastEvent(
  { entry, instance, machine }: Pick<StepContext, "entry" | "instance" | "machine">,
  context: string | null,
): boolean {
  return entry.kind === "event" && instance.status === "started" && isComplete(machine.definition, context);
}
