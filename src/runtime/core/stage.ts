import type { Domain } from "../../definition/model/definition.ts";
import type { Commands, StagedCommand } from "../../definition/model/command.ts";
import { ProcessError } from "../../errors.ts";
import type { Logger } from "../../platform/logger.ts";
import { resolveMoment } from "../../platform/duration.ts";
import type { NewCommand } from "../../store/commands.ts";
import type { StepKind } from "../../store/mailbox.ts";
import type { StoredEvent } from "../../store/events.ts";
import type { WrittenJson } from "../../platform/json.ts";
import { checkPayload } from "../check/payload.ts";
import type { Limits } from "../check/settings.ts";
import { answerCommands } from "./command-calls.ts";
import { type CommandNames, refuseUnknownCommand } from "./command-names.ts";
import { readCommandCall } from "./command-call.ts";
import { nameStaged, type OwnChange, OwnStage, type OwnStageContext } from "./own-stage.ts";

/** What an attempt dispatches, held back until the attempt commits. */
export interface Stage {
  /** The commands as the handler gets them. */
  readonly commands: Commands;
  /**
   * The commands in the order in which they were dispatched, once all are checked.
   * @throws the first refusal, even of a command that the handler did not await
   */
  settle(): readonly NewCommand[] | Promise<readonly NewCommand[]>;
  /** What the handler does to its own instance. @throws ProcessError `ATTEMPT_ENDED` */
  own(): OwnStage;
  /** What it has done so far. */
  change(): OwnChange | undefined;
  /** Ends the attempt, so that whatever is dispatched later is refused. */
  close(): void;
}

export interface StageContext {
  /** The process, or the policy if it is one's handler. */
  readonly process: string;
  readonly isPolicy?: true;
  readonly processId: string;
  /** The instance's key. */
  readonly aggregateId: string;
  readonly event: StoredEvent;
  /** The event's payload, as the handler has it. */
  readonly handed: () => unknown;
  readonly idempotencyKey: string;
  readonly handler: string;
  readonly now: number;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly origin: StepKind;
  /** Whether the process has a timeout, which a handler can move. */
  readonly hasTimeout: boolean;
  readonly store: OwnStageContext["store"];
  readonly memory: OwnStageContext["memory"];
  /** Called with each command's delay as the handler wrote it, if somebody wants to know. */
  readonly noteDelay: ((commandId: string, delay: unknown) => void) | undefined;
}

export function openStage(domain: Domain, names: CommandNames, context: StageContext): Stage {
  return new AttemptStage(domain, names, context);
}

class AttemptStage implements Stage {
  readonly commands: Commands;
  readonly names: CommandNames;
  readonly #domain: Domain;
  readonly #context: StageContext;
  readonly #staged: (NewCommand | Promise<NewCommand>)[] = [];
  #isPending = false;
  #isOpen = true;
  #ownStage: OwnStage | undefined;

  constructor(domain: Domain, names: CommandNames, context: StageContext) {
    this.#domain = domain;
    this.names = names;
    this.#context = context;
    // The cast holds, because the proxy answers for its target alone.
    this.commands = new Proxy<StageTarget>({ stage: this }, commandCalls) as unknown as Commands;
  }

  settle(): readonly NewCommand[] | Promise<readonly NewCommand[]> {
    const staged = this.#staged;
    if (this.#isPending) return Promise.all(staged.map(async (command) => command)).then((commands) => this.#keep(commands));
    // The cast holds, because without a promise among them all are commands already.
    return this.#keep(staged as readonly NewCommand[]);
  }

  own(): OwnStage {
    if (!this.#isOpen) throw refuseLate("its instance was changed", this.#context);
    return this.#findOwn();
  }

  change(): OwnChange | undefined {
    return this.#ownStage?.change;
  }

  close(): void {
    this.#isOpen = false;
  }

  dispatch(name: string, options: unknown): Promise<StagedCommand> {
    if (!this.#isOpen) return Promise.reject(refuseLate(`command "${name}" was dispatched`, this.#context));
    const command = this.#prepare(name, options);
    this.#staged.push(command);
    this.#isPending ||= command instanceof Promise;
    if (!(command instanceof Promise)) return Promise.resolve(describe(command));
    // settle() reports the refusal. It must not also end the OS process because the handler does not await its commands.
    command.catch(() => {});
    const receipt = command.then(describe);
    receipt.catch(() => {});
    return receipt;
  }

  #prepare(name: string, options: unknown): NewCommand | Promise<NewCommand> {
    try {
      const call = { name, options, index: this.#staged.length, findOwn: () => this.#findOwn() };
      return prepareCommand(call, this.#domain, this.names, this.#context);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #keep(commands: readonly NewCommand[]): readonly NewCommand[] {
    return this.#ownStage?.keep(commands) ?? commands;
  }

  #findOwn(): OwnStage {
    const context = this.#context;
    const place = `${nameOwner(context)}, aggregate "${context.aggregateId}", ${context.handler}`;
    return (this.#ownStage ??= new OwnStage({ ...context, place, countStaged: () => this.#staged.length }));
  }
}

interface StageTarget {
  readonly stage: AttemptStage;
}

/** What `commands` answers, of whichever stage. */
const commandCalls = answerCommands<StageTarget>(
  ({ stage }) => stage.names,
  ({ stage }, name, options) => stage.dispatch(name, options),
);

function describe({ commandId, dueAt }: NewCommand): StagedCommand {
  return { commandId, dueAt: new Date(dueAt) };
}

interface PreparedCall {
  readonly name: string;
  readonly options: unknown;
  /** Its place among the commands of its attempt. */
  readonly index: number;
  readonly findOwn: () => OwnStage;
}

/** The command that will be stored. It is a promise only if its schema is asynchronous. */
function prepareCommand(
  { name, options, index, findOwn }: PreparedCall,
  domain: Domain,
  names: CommandNames,
  context: StageContext,
): NewCommand | Promise<NewCommand> {
  const { process, processId, aggregateId: key, event, handed, idempotencyKey, handler, now, limits, origin, noteDelay } = context;
  const place = `${nameOwner(context)}, aggregate "${key}", ${handler}: command "${name}"`;
  if (!names.has(name)) throw refuseUnknownCommand(name, names, place);
  const {
    aggregateId,
    delay,
    correlationId,
    causationId,
    payload,
    key: ownKey,
    lane,
  } = readCommandCall(name, options, { event, handed: handed(), limits }, place);
  // Both moments count from the event, so that the order of commands does not depend on when the event was handled. A command without a
  // delay does not wait, even if the event occurred in the future.
  const dueAt = delay === undefined ? Math.min(event.occurredAt, now) : resolveMoment(delay, event.occurredAt, `${place}: delay`);
  const declaration = domain.commands.get(name);
  const finish = (checked: WrittenJson): NewCommand => {
    if ("problem" in checked) {
      throw new ProcessError("COMMAND_PAYLOAD_INVALID", `${place}: ${checked.problem}`, {
        hint: `Payloads are plain JSON and match the schema of their command. A field that is called as an option goes into commands.${name}({ aggregateId, payload: { … } }).`,
        details: { command: name, problem: checked.problem },
        cause: checked.cause,
      });
    }
    const commandId = nameStaged(idempotencyKey, index);
    noteDelay?.(commandId, delay);
    return {
      commandId,
      type: name,
      aggregateId,
      payload: checked.json,
      process,
      processId,
      instanceAggregateId: key,
      correlationId: correlationId ?? event.correlationId ?? event.eventId,
      causationId: causationId ?? event.eventId,
      dispatchedAt: now,
      dueAt,
      origin,
      invocation: null,
      lane: lane ?? (declaration?.parallel === true ? "own" : null),
      key: ownKey ?? null,
    };
  };
  if (ownKey !== undefined) findOwn().replace(ownKey, index);
  const checked = checkPayload(payload, declaration?.schema, limits);
  return checked instanceof Promise ? checked.then(finish) : finish(checked);
}

function nameOwner({ process, isPolicy }: StageContext): string {
  return `${isPolicy === true ? "policy" : "process"} "${process}"`;
}

/** `what` is what came too late. */
function refuseLate(what: string, context: StageContext): ProcessError {
  const { handler, logger } = context;
  const error = new ProcessError("ATTEMPT_ENDED", `${nameOwner(context)}, ${handler}: ${what} after its attempt had ended`, {
    hint: "Await what the handler starts, and stop when `signal` aborts.",
  });
  logger.warn(error.message);
  return error;
}
