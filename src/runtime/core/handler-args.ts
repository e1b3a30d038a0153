import type { Command } from "../../definition/model/command.ts";
import type { CommandHandlerArgs, HandlerArgs, PolicyHandlerArgs, TransactionHandlerArgs } from "../../definition/model/handler.ts";
import type { HandlerDatabase } from "../../definition/model/handler-database.ts";
import type { AttemptEnd } from "./attempt.ts";

// What few handlers look at is made when it is read. It is an own property all the same, so that a handler that copies its arguments by
// spreading has it too. All arguments share the getters: an object with getters of its own takes many times as long to make.

/** `findProcess` gives the instance as it was when the attempt began. */
export function createStepArgs(
  given: Omit<HandlerArgs, "signal" | "process">,
  end: Pick<AttemptEnd, "signal">,
  findProcess: () => HandlerArgs["process"],
): HandlerArgs {
  return new StepArgs(given, end, findProcess);
}

/** `findProcess` gives the instance that dispatched the command, as it is then. */
export function createCommandArgs(
  given: Omit<CommandHandlerArgs, "signal" | "process">,
  end: AttemptEnd,
  findProcess: () => CommandHandlerArgs["process"],
): CommandHandlerArgs & Command {
  return new CommandArgs(given, end, findProcess);
}

/** The same, with the database to write to. */
export function createTransactionArgs(
  given: Omit<TransactionHandlerArgs, "signal" | "process">,
  end: AttemptEnd,
  findProcess: () => CommandHandlerArgs["process"],
): TransactionHandlerArgs & Command {
  return new TransactionArgs(given, end, findProcess);
}

class StepArgs implements HandlerArgs {
  readonly event: HandlerArgs["event"];
  readonly commands: HandlerArgs["commands"];
  readonly context: HandlerArgs["context"];
  declare readonly process: HandlerArgs["process"];
  readonly params: unknown;
  readonly idempotencyKey: string;
  readonly attempt: number;
  declare readonly signal: AbortSignal;
  readonly logger: HandlerArgs["logger"];
  readonly #end: Pick<AttemptEnd, "signal">;
  readonly #findProcess: () => HandlerArgs["process"];
  #process: HandlerArgs["process"] | undefined;

  constructor(given: Omit<HandlerArgs, "signal" | "process">, end: Pick<AttemptEnd, "signal">, findProcess: () => HandlerArgs["process"]) {
    this.event = given.event;
    this.commands = given.commands;
    this.context = given.context;
    this.params = given.params;
    this.idempotencyKey = given.idempotencyKey;
    this.attempt = given.attempt;
    this.logger = given.logger;
    this.#end = end;
    this.#findProcess = findProcess;
    Object.defineProperty(this, "process", StepArgs.#ownProcess);
    Object.defineProperty(this, "signal", StepArgs.#signal);
  }

  static readonly #ownProcess: PropertyDescriptor & ThisType<StepArgs> = {
    enumerable: true,
    get() {
      return (this.#process ??= this.#findProcess());
    },
  };

  static readonly #signal: PropertyDescriptor & ThisType<StepArgs> = {
    enumerable: true,
    get() {
      return this.#end.signal;
    },
  };
}

export function createPolicyArgs(given: Omit<PolicyHandlerArgs, "signal">, end: Pick<AttemptEnd, "signal">): PolicyHandlerArgs {
  return {
    ...given,
    get signal() {
      return end.signal;
    },
  };
}

/** The fields of the command are among the arguments, too. */
class CommandArgs implements CommandHandlerArgs, Command {
  readonly command: Command;
  readonly commandId: string;
  readonly type: string;
  readonly aggregateId: string;
  readonly payload: unknown;
  readonly metadata: Command["metadata"];
  declare readonly process: CommandHandlerArgs["process"];
  readonly idempotencyKey: string;
  readonly attempt: number;
  declare readonly signal: AbortSignal;
  readonly logger: CommandHandlerArgs["logger"];
  readonly #end: AttemptEnd;
  readonly #findProcess: () => CommandHandlerArgs["process"];

  constructor(
    { command, idempotencyKey, attempt, logger }: Omit<CommandHandlerArgs, "signal" | "process">,
    end: AttemptEnd,
    findProcess: () => CommandHandlerArgs["process"],
  ) {
    this.command = command;
    this.commandId = command.commandId;
    this.type = command.type;
    this.aggregateId = command.aggregateId;
    this.payload = command.payload;
    this.metadata = command.metadata;
    this.idempotencyKey = idempotencyKey;
    this.attempt = attempt;
    this.logger = logger;
    this.#end = end;
    this.#findProcess = findProcess;
    Object.defineProperty(this, "process", CommandArgs.#process);
    Object.defineProperty(this, "signal", CommandArgs.#signal);
  }

  static readonly #process: PropertyDescriptor & ThisType<CommandArgs> = {
    enumerable: true,
    get() {
      return this.#findProcess();
    },
  };

  static readonly #signal: PropertyDescriptor & ThisType<CommandArgs> = {
    enumerable: true,
    get() {
      return this.#end.signal;
    },
  };
}

class TransactionArgs extends CommandArgs implements TransactionHandlerArgs {
  readonly database: HandlerDatabase;

  constructor(
    given: Omit<TransactionHandlerArgs, "signal" | "process">,
    end: AttemptEnd,
    findProcess: () => CommandHandlerArgs["process"],
  ) {
    super(given, end, findProcess);
    this.database = given.database;
  }
}
