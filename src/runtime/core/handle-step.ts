import type { HandlerDefinition, ProcessDefinition } from "../../definition/model/definition.ts";
import type { CommandOptions } from "../../definition/model/command.ts";
import type { ProcessEvent } from "../../definition/model/event.ts";
import type { HandlerArgs } from "../../definition/model/handler.ts";
import { ProcessError } from "../../errors.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { addLogFields } from "../../platform/logger.ts";
import type { NewCommand } from "../../store/commands.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxEntry } from "../../store/mailbox.ts";
import { createStepArgs } from "./handler-args.ts";
import { surround } from "./around.ts";
import type { AttemptEnd, AttemptResult } from "./attempt.ts";
import type { Changes } from "../decide/changes.ts";
import { findRetryPolicy, limitHandler } from "./attempt-settings.ts";
import { isForChart, moveInstance } from "./chart-step.ts";
import { changeContext, isComplete, openContext } from "./context.ts";
import { tryToMigrate } from "./try-to-migrate.ts";
import { refuseForGood } from "./refuse-for-good.ts";
import type { Charted } from "../decide/chart-change.ts";
import { decideCharted } from "../decide/decide-charted.ts";
import { decideGivenUp, decideHandled, decideRetried, decideUnmigrated, type Handled, type StepContext } from "../decide/decide-step.ts";
import { recordToInstance } from "../../record/instance.ts";
import { beginInstance } from "../decide/instance.ts";
import { includeMigration, type Migrated } from "../decide/migrated.ts";
import type { Host, Turn } from "./host.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import { recordToCommand } from "../../record/command.ts";
import { recordToEvent } from "../../record/own-event.ts";
import { decideRetry } from "../decide/retry.ts";
import { openStage } from "./stage.ts";

/**
 * Makes one attempt at a mailbox entry, and commits what it changes. Returns `false` if the attempt was cut off. `open` is the open
 * instance.
 */
export function takeStep(entry: MailboxEntry, open: InstanceRecord | undefined, machine: ProcessMachine, host: Host): Promise<boolean> {
  const { store, clock } = host;
  const own = entry.processId === null ? undefined : store.instances.get(entry.processId);
  const instance = own ?? open ?? beginInstance(machine, entry, host.identities.nameInstance(entry, entry.event), clock.now());
  const step = { entry, instance, handler: findHandler(machine.definition, entry), machine };
  return instance.version >= machine.definition.version ? takeStepOf(step, undefined, host) : takeMigratedStep(step, host);
}

interface PossibleStep extends Omit<Step, "handler"> {
  readonly handler: HandlerDefinition | undefined;
}

/** The step of an instance of an older version, which is brought over first. */
async function takeMigratedStep(step: PossibleStep, host: Host): Promise<boolean> {
  const begun = tryToMigrate(step.instance, step.machine, host);
  // Only an asynchronous schema costs a turn.
  const result = begun instanceof Promise ? await begun : begun;
  if (result.outcome === "cut") return false;
  if (result.outcome === "failed") {
    await host.commit(decideUnmigrated(describeNow(step, host), result.error, host.ids.next()));
    return true;
  }
  const { instance } = result.value;
  host.noteContext(step.entry.process, instance.context ?? "");
  return takeStepOf({ ...step, instance }, result.value, host);
}

/** The step of an instance that is of the definition's version; `migrated`: it has come there just now. */
function takeStepOf(step: PossibleStep, migrated: Migrated | undefined, host: Host): Promise<boolean> {
  if (isForChart(step.entry, step.machine)) return takeChartStep(step, migrated, host);
  return step.handler === undefined ? handleWithout(step, migrated, host) : tryStep(step, { migrated, charted: undefined }, host);
}

async function takeChartStep(step: PossibleStep, migrated: Migrated | undefined, host: Host): Promise<boolean> {
  const { entry, instance } = step;
  const moved = await moveInstance(step, host);
  if ("error" in moved) {
    // A chart is pure, so that another attempt would fail alike.
    await commit(decideGivenUp(describeNow(step, host), moved.error, host.ids.next()), migrated, host);
    return true;
  }
  const { handler, charted } = moved;
  if (charted.context !== instance.context) host.noteContext(entry.process, charted.context);
  return tryStep({ ...step, handler }, { migrated, charted }, host);
}

/** Makes the attempt, if there is a handler, and commits what came of it. */
async function tryStep(
  step: PossibleStep,
  { migrated, charted }: { readonly migrated: Migrated | undefined; readonly charted: Charted | undefined },
  host: Host,
): Promise<boolean> {
  // The cast holds, because there is a handler.
  const result = step.handler === undefined ? NOTHING_TO_RUN : await attemptInTurn(step as Step, host);
  if (result.outcome === "cut") return false;
  if (result.outcome === "failed") {
    await commit(decideFailed(describeNow(step, host), result.error, host), migrated, host);
    return true;
  }
  try {
    const { value } = result;
    const context = describeNow(step, host);
    await commit(charted === undefined ? decideHandled(context, value) : decideCharted(context, value.commands, charted), migrated, host);
  } catch (error) {
    await commit(decideFailed(describeNow(step, host), refuseForGood(error), host), migrated, host);
  }
  return true;
}

const NOTHING_TO_RUN = { outcome: "succeeded", value: { commands: [] } } as const;

/** An event without a handler changes nothing of the context, which may say all the same that this was the last one. */
async function handleWithout(step: PossibleStep, migrated: Migrated | undefined, host: Host): Promise<boolean> {
  const context = describeNow(step, host);
  let isLast: boolean;
  try {
    isLast = isLastEvent(context, context.instance.context);
  } catch (error) {
    await commit(decideFailed(context, error, host), migrated, host);
    return true;
  }
  await commit(decideHandled(context, { commands: [], isComplete: isLast }), migrated, host);
  return true;
}

function commit(changes: Changes, migrated: Migrated | undefined, host: Host): Promise<unknown> {
  return host.commit(migrated === undefined ? changes : includeMigration(changes, migrated, host.clock.now()));
}

function describeNow({ machine, instance, entry, handler }: PossibleStep, { clock }: Pick<Host, "clock">): StepContext {
  return { machine, instance, entry, handler, now: clock.now() };
}

/** Whether the instance is complete after this entry, by what its context is then. */
function isLastEvent({ entry, instance, machine }: Pick<StepContext, "entry" | "instance" | "machine">, context: string | null): boolean {
  return entry.kind === "event" && instance.status === "started" && isComplete(machine.definition, context);
}

function decideFailed(context: StepContext, error: unknown, { settings, random, ids }: Host): Changes {
  const { entry, machine, now } = context;
  // What was parked behind a dead letter gets no retries, because the operator who has just released it is there to see it fail.
  const decision = entry.drained
    ? ({ decision: "give-up", error } as const)
    : decideRetry(findRetryPolicy(machine.definition.settings, settings), { attempt: entry.attempts + 1, error, now }, random);
  if (decision.decision !== "retry") return decideGivenUp(context, decision.error, ids.next());
  // The step keeps its place, even before a deadline that has passed since, because the worker's death may have come from outside.
  const at = ProcessError.is(error, "WORKER_DIED") ? Math.min(decision.at, entry.event.occurredAt) : decision.at;
  return decideRetried(context, error, at);
}

function attemptInTurn(step: Step, host: Host): Promise<AttemptResult<Handled>> {
  const { entry, handler } = step;
  const describe = () => ({
    id: keyToId(entry),
    name: `${handler.name} for ${entry.process} ${entry.aggregateId}`,
    attempt: entry.attempts + 1,
  });
  return host.inTurn("step", entry.event.position, describe, (turn) => attemptStep(step, host, turn));
}

interface Step {
  readonly entry: MailboxEntry;
  readonly instance: InstanceRecord;
  readonly handler: HandlerDefinition;
  readonly machine: ProcessMachine;
}

function attemptStep(step: Step, host: Host, turn: Turn): Promise<AttemptResult<Handled>> {
  const { entry, instance, handler, machine } = step;
  const { clock, domain, commandNames, settings, around } = host;
  const { process, processId, aggregateId } = instance;
  const { event, kind, generation, attempts } = entry;
  const logger = addLogFields(host.logger, { process, processId, aggregateId, handler: handler.name, eventId: event.eventId });
  const idempotencyKey = host.identities.nameStep(entry, event, generation);
  const delays = around === undefined ? undefined : new Map<string, CommandOptions["delay"]>();
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
    // The cast holds, because a command is staged only if its delay could be read.
    noteDelay: delays && ((commandId, delay) => void delays.set(commandId, delay as CommandOptions["delay"])),
  });
  const perform = async (end: AttemptEnd) => {
    handed = recordToEvent(event, kind);
    const given = {
      event: handed,
      commands: stage.commands,
      process: recordToInstance(instance),
      context: openContext(instance, machine.definition),
      idempotencyKey,
      attempt: attempts + 1,
      logger,
    };
    const args = createStepArgs(given, end);
    // Handlers are stored as taking `never`, so that one with a narrower payload is a handler too.
    const returned = await (handler.run as (args: HandlerArgs) => unknown)(args);
    stage.close();
    const commands = stage.settle();
    // Only an asynchronous schema costs a turn.
    const staged = commands instanceof Promise ? await commands : commands;
    return machine.definition.context === undefined && machine.definition.completeWhen === undefined
      ? { commands: staged }
      : finishStep(step, staged, returned, host);
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
      tell: ({ commands }) => ({
        commands: commands.map((command) => ({ ...recordToCommand(command), delay: delays!.get(command.commandId) })),
        events: [],
      }),
    });
  return host.attempts.run(
    performAround ?? perform,
    {
      name: () => `process "${process}", aggregate "${aggregateId}", ${handler.name}`,
      limit: limitHandler(machine.definition, settings),
      isInDoubt: turn.isInDoubt,
    },
    () => {
      stage.close();
      turn.end();
    },
  );
}

/** What the handler has returned changes the context, and the context may say that this was the last event. */
async function finishStep(
  step: Step,
  commands: readonly NewCommand[],
  returned: unknown,
  { settings, noteContext }: Host,
): Promise<Handled> {
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
  return { commands, context, isComplete: isLastEvent(step, context?.json ?? instance.context) };
}

function findHandler(definition: ProcessDefinition, { kind, event }: MailboxEntry): HandlerDefinition | undefined {
  switch (kind) {
    case "event":
      return definition.handlers.get(event.type);
    case "timer":
    case "cancelled":
      return undefined;
    case "timed_out":
      return definition.timedOut;
    case "failed":
      return definition.failed;
  }
}
