import type { TransactionHandlerArgs } from "../../definition/model/handler.ts";
import type { HandlerDatabase } from "../../definition/model/handler-database.ts";
import { ProcessError } from "../../errors.ts";
import { inThisContext, withoutContext } from "../../platform/async-context.ts";
import { addLogFields } from "../../platform/logger.ts";
import { dropPromise } from "../../platform/promises.ts";
import { nameInstance, recordToCommand } from "../../record/command.ts";
import { recordToInstance } from "../../record/instance.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { AddressedEvent } from "../decide/changes.ts";
import { nameCommandRun } from "../decide/identity.ts";
import { surround } from "./around.ts";
import type { AttemptEnd, NotBegun } from "./attempt.ts";
import { type CommandHost, describeAttempt } from "./command-attempt.ts";
import { createTransactionArgs } from "./handler-args.ts";
import type { Turn } from "./host.ts";
import { createResultEvent } from "./invocation-result.ts";
import type { ReadReturnedNow } from "./read-returned.ts";
import { refuseForGood } from "./refuse-for-good.ts";
import type { Span } from "../trace/telemetry.ts";
import { beginCommandSpan, inSpan } from "./trace-attempt.ts";

/**
 * Runs `work` in the transaction that settles the command, which also accepts the events that `work` returns. `gone`: the command is not to
 * run any more, so `work` has not run. `failed`: `work` has thrown, and nothing of it is there. `work` may run again if the transaction fails.
 * Rejects if the transaction could not be committed.
 */
export type Transact = (
  command: CommandRecord,
  work: (database: HandlerDatabase, readReturned: ReadReturnedNow) => readonly AddressedEvent[],
) => Promise<Transacted>;

export type Transacted =
  | { readonly outcome: "settled"; readonly events: readonly AddressedEvent[] }
  | { readonly outcome: "failed"; readonly error: unknown }
  | { readonly outcome: "gone" };

/** What came of an attempt at a transactional command. `gone`: there was nothing to attempt, so that the lane is looked at again. */
export type TransactResult = { readonly outcome: "settled" } | { readonly outcome: "gone" } | NotBegun;

/** Makes one attempt at a command whose handler runs in the transaction that settles the command. No time limit can cut it off. */
export async function transactCommand(record: CommandRecord, host: CommandHost, transact: Transact, turn: Turn): Promise<TransactResult> {
  const { around } = host;
  const logger = addLogFields(host.logger, describeRecord(record));
  const span = beginCommandSpan(record, host);
  let transacted: Transacted | undefined;
  let isBegun = false;
  const perform = async (end: AttemptEnd) => {
    isBegun = true;
    const run = (database: HandlerDatabase, readReturned: ReadReturnedNow) =>
      withSpan(callHandler({ record, host, logger, end }, database, readReturned), span);
    // Whoever stands around has set values that the handler is to see. The transaction itself runs in no caller's context.
    const isBare = around === undefined && span === undefined;
    transacted = await transact(record, isBare ? (...lent) => withoutContext(() => run(...lent)) : inThisContext(run));
    if (transacted.outcome === "failed") throw transacted.error;
    return transacted.outcome === "gone" ? [] : transacted.events;
  };
  try {
    const attempt = around === undefined ? perform : surround({ around, logger, ...describeAttempt(record), perform });
    await withoutContext(() => inSpan(span, attempt)(neverEnding()));
  } catch (error) {
    if (!isBegun) return fail(error, span);
    if (transacted === undefined) return fail(findFault(error, span), span);
  } finally {
    turn.end();
  }
  if (transacted?.outcome === "failed") return fail(transacted.error, span);
  span?.end({ outcome: transacted?.outcome === "settled" ? "handled" : "cut" });
  return { outcome: transacted?.outcome ?? "cut" };
}

function fail(error: unknown, span: Span | undefined): TransactResult {
  return { outcome: "failed", error, ...(span !== undefined && { span }) };
}

function withSpan(events: readonly AddressedEvent[], span: Span | undefined): readonly AddressedEvent[] {
  const traceparent = span?.traceparent;
  return traceparent === undefined ? events : events.map((event) => ({ ...event, traceparent }));
}

interface Call {
  readonly record: CommandRecord;
  readonly host: CommandHost;
  readonly logger: TransactionHandlerArgs["logger"];
  readonly end: AttemptEnd;
}

function callHandler({ record, host, logger, end }: Call, database: HandlerDatabase, readReturned: ReadReturnedNow) {
  const given = {
    command: recordToCommand(record),
    idempotencyKey: nameCommandRun(record),
    attempt: record.attempts + 1,
    logger,
    database,
  };
  const args = createTransactionArgs(given, end, () => {
    const instance = host.store.instances.get(record.processId);
    return instance && recordToInstance(instance);
  });
  // Handlers are stored as taking `never`, so that one with a narrower payload is a handler too.
  const returned = (host.domain.commands.get(record.type)!.run as (args: TransactionHandlerArgs) => unknown)(args);
  if (dropPromise(returned)) throw refusePromise(record);
  if (record.invocation !== null) return [createResultEvent(record, record.invocation, { output: returned }, host)];
  return returned === undefined || returned === null ? [] : readReturned(returned, record);
}

/** Why the transaction could not be committed, if that says something about the handler. @throws the error, if the store was the reason */
function findFault(error: unknown, span: Span | undefined): unknown {
  if (ProcessError.is(error, "TRANSACTION_INVALID")) return error;
  if (ProcessError.is(error)) span?.end({ outcome: "cut", error });
  return refuseForGood(error);
}

function describeRecord({ type, commandId, process, processId }: CommandRecord) {
  return { command: type, commandId, process, processId: nameInstance(processId) };
}

/** The signal is made only for who asks for it. */
function neverEnding(): AttemptEnd {
  let controller: AbortController | undefined;
  return {
    get signal() {
      controller ??= new AbortController();
      return controller.signal;
    },
    isOver: false,
  };
}

function refusePromise({ type, commandId }: CommandRecord): ProcessError {
  return new ProcessError(
    "TRANSACTION_INVALID",
    `command "${type}" (${commandId}) has transaction = true, and its handler returned a promise`,
    {
      hint: "Nothing that it wrote was kept. Remove async and await from the handler: what has to be awaited belongs in another command.",
      details: { command: type },
    },
  );
}
