import { setImmediate as nextTurn } from "node:timers/promises";
import SqliteDatabase from "better-sqlite3";
import type { DispatchedEvent } from "perdure";
import { createTestSystem } from "perdure/testing";
import { laneOf } from "../../../../src/definition/model/lane.ts";
import { createOutsideDispatch } from "../../../../src/restate/client/outside.ts";
import type { KeptKey } from "../../../../src/restate/wire/kept-key.ts";
import { readRefusal } from "../../../../src/restate/wire/refusal.ts";
import { serviceOf } from "../../../../src/restate/wire/names.ts";
import type { RestateService } from "../../../../src/restate/host/sdk.ts";
import type { CommandRecord } from "../../../../src/store/commands.ts";
import type { DeadLetterRecord } from "../../../../src/store/dead-letters.ts";
import type { CommandVerb, Settlement } from "../../../../src/store/intervention.ts";
import { useSqliteDatabase } from "../../../../src/store/sqlite/sqlite-store.ts";
import { readOptions } from "../../../../src/system/system-options.ts";
import type { ManualClock } from "../../../../src/testing/kit/manual-clock.ts";
import { TerminalError } from "../../../support/fake-restate/fake-restate.ts";
import { openFake } from "../../../support/fake-restate/open-fake.ts";
import { silentLogger } from "../../../support/silent-logger.ts";
import { START } from "./host-under-test.ts";
import { openReactions, policies } from "./reactions-domain.ts";

export interface OutsideCall {
  readonly aggregateId: string;
  readonly commandId: string;
  readonly delay: number;
  readonly payload: object;
}

/** A host with policies and commands from outside, on a clock that only the test moves. */
export interface ReactionsHost {
  readonly clock: ManualClock;
  readonly log: ReadonlyMap<string, readonly string[]>;
  dispatch(events: readonly DispatchedEvent[]): Promise<void>;
  command(call: OutsideCall): Promise<void>;
  /** Resolves with `done`, or the code of the refusal. */
  settle(letter: DeadLetterRecord, settlement: Settlement): Promise<string>;
  /** The same. */
  change(command: CommandRecord, verb: CommandVerb): Promise<string>;
  letters(): readonly DeadLetterRecord[];
  commands(): readonly CommandRecord[];
  drain(): Promise<void>;
  close(): Promise<void>;
}

const processes = { retry: { retryStrategy: "fixed", maxRetries: 2, initialDelay: "10s" } } as const;
const PATIENCE_TURNS = 20;

async function tell(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "done";
  } catch (error) {
    const refusal = error instanceof TerminalError ? readRefusal(error.message) : error;
    return (refusal as { readonly code?: string }).code ?? String(error);
  }
}

export async function openSqliteReactions(): Promise<ReactionsHost> {
  const database = new SqliteDatabase(":memory:");
  let now = () => START;
  const { log, progress, followed: _, ...domain } = openReactions(() => now());
  const test = await createTestSystem({ ...domain, now: START, store: database, processes, patienceMs: 1 });
  now = () => test.clock.now();
  const { system } = test;
  const store = useSqliteDatabase(database, "full");
  const written = database.prepare<[], number>("SELECT total_changes()").pluck();
  const owners = database.prepare<[], string>("SELECT DISTINCT process_id FROM perdure_commands ORDER BY 1").pluck();
  return {
    clock: test.clock,
    log,
    dispatch: async (events) => void (await system.dispatch(events)),
    command: async (call) => void (await system.commands["act"]!({ ...call })),
    settle: ({ deadLetterId }, settlement) =>
      tell(
        settlement.kind === "retry"
          ? system.deadLetters.retry(deadLetterId)
          : system.deadLetters[settlement.kind](deadLetterId, { reason: settlement.reason! }),
      ),
    change: ({ commandId }, verb) =>
      tell(
        verb.kind === "cancel-command"
          ? system.scheduled.cancel(commandId)
          : system.scheduled.reschedule(commandId, { dueAt: new Date(verb.dueAt) }),
      ),
    letters: () => store.deadLetters.find({}, Number.MAX_SAFE_INTEGER, undefined),
    commands: () => owners.all().flatMap((processId) => store.commands.list(processId)),
    drain: async () => {
      const look = () => written.get()! + progress();
      let seen = look();
      for (let still = 0; still < PATIENCE_TURNS; still += 1) {
        await nextTurn();
        if (look() !== seen) still = -1;
        seen = look();
      }
    },
    close: async () => {
      await test[Symbol.asyncDispose]();
      database.close();
    },
  };
}

/** `wrapServices` gives it a fault. */
export async function openRestateReactions(
  wrapServices?: (services: readonly RestateService[]) => readonly RestateService[],
): Promise<ReactionsHost> {
  let now = () => START;
  const { log, followed, progress: _, ...domain } = openReactions(() => now());
  const host = await openFake({ ...domain, processes, logger: silentLogger, ...(wrapServices && { wrapServices }) });
  const { restate, clock } = host;
  now = () => clock.now();
  const aggregates = new Set<string>();
  const listKeys = () =>
    [...policies, "perdure/outside", "order/life"].flatMap((process) =>
      [...aggregates, ...followed].map((aggregateId) => ({ process, aggregateId })),
    );
  const rowsOf = (prefix: string) =>
    listKeys().flatMap((key) =>
      [...restate.state(serviceOf(key.process), key.aggregateId)]
        .filter(([name]) => name.startsWith(prefix))
        .map(([, text]) => ({ key, row: JSON.parse(text) as unknown })),
    );
  const keptKeys = () => rowsOf("core").map(({ key, row }) => ({ key, row: row as KeptKey }));
  const ask = (key: { readonly process: string; readonly aggregateId: string } | undefined, method: string, input: object) =>
    tell(restate.call(serviceOf(key!.process), key!.aggregateId, method, input));
  const outside = createOutsideDispatch({
    ingress: {
      send: async ({ service, key, handler }, idempotencyKey, input) => {
        await restate.call(service, key, handler, input, idempotencyKey);
        return { invocationId: "", isRepeated: false };
      },
      attach: async () => undefined,
    },
    outside: { outside: "perdure.outside" },
    context: {
      domain: { definitions: [], events: new Map(), commands: new Map(), policies: new Map(), schedules: new Map() },
      names: { has: () => true, list: () => [] },
      limits: readOptions({}).settings.limits,
    },
    now,
  });
  return {
    clock,
    log,
    dispatch: async (events) => {
      for (const { aggregateId } of events) aggregates.add(aggregateId);
      await host.dispatch(...events);
    },
    command: async (call) => {
      aggregates.add(call.aggregateId);
      await outside("act", call);
    },
    settle: (letter, settlement) => {
      const { deadLetterId } = letter;
      return ask(rowsOf(`letter/${deadLetterId}`)[0]?.key, "settle", { deadLetterId, settlement });
    },
    change: ({ commandId, processId }, verb) => {
      const held = keptKeys().find(({ row }) => row.commands.some(({ record }) => record.commandId === commandId));
      return ask(held?.key, "change", { ...verb, commandId, processId });
    },
    letters: () => rowsOf("letter/").map(({ row }) => row as DeadLetterRecord),
    commands: () => keptKeys().flatMap(({ row }) => row.commands.map(({ record }) => record)),
    drain: () => restate.drain(),
    close: async () => {},
  };
}

/** The lane of a command, with the instance left out, whose id is the host's. */
export function nameLane(command: CommandRecord): string {
  const { process, instanceAggregateId } = command;
  return `${process} ${instanceAggregateId}${laneOf(command).startsWith("@") ? "" : " of its instance"}`;
}
