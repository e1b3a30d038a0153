import { setImmediate as nextTurn } from "node:timers/promises";
import SqliteDatabase from "better-sqlite3";
import { createTestSystem } from "perdure/testing";
import { silentLogger } from "../../../support/silent-logger.ts";
import type { MailboxKey } from "../../../../src/store/mailbox.ts";
import { useSqliteDatabase } from "../../../../src/store/sqlite/sqlite-store.ts";
import { type HostUnderTest, keys, openDomain, processesOptions, START } from "./host-under-test.ts";

// As many turns of the event loop as pass at most between two things that the runtime does, and more.
const PATIENCE_TURNS = 20;

const ALL = Number.MAX_SAFE_INTEGER;

/** The runtime on SQLite. */
export async function openSqliteHost(): Promise<HostUnderTest> {
  const database = new SqliteDatabase(":memory:");
  let now = () => START;
  const { gates, progress, check, ...domain } = openDomain(() => now());
  const errors: string[] = [];
  const test = await createTestSystem({
    ...domain,
    now: START,
    store: database,
    processes: processesOptions,
    retention: { deduplication: "36500d", journal: "36500d", ended: "36500d" },
    patienceMs: 1,
    // Failures of commits, and what the audit finds forgotten.
    logger: { ...silentLogger, error: (message) => message.includes("the worker did not know") && errors.push(message) },
  });
  now = () => test.clock.now();
  // Another view of the same connection: nothing is written through it.
  const store = useSqliteDatabase(database, "full");
  const written = database.prepare<[], number>("SELECT total_changes()").pluck();
  const { deadLetters } = test.system;

  return {
    clock: test.clock,
    gates,
    dispatch: (events) => test.system.dispatch(events),
    settle: async (deadLetterId, settlement) => {
      if (settlement.kind === "retry") {
        const { payload } = settlement;
        await deadLetters.retry(deadLetterId, payload === undefined ? {} : { payload: JSON.parse(payload) as unknown });
      } else await deadLetters[settlement.kind](deadLetterId, settlement.reason === null ? {} : { reason: settlement.reason });
    },
    drain: async () => {
      const look = () => written.get()! + progress();
      let seen = look();
      for (let still = 0; still < PATIENCE_TURNS; still += 1) {
        await nextTurn();
        if (look() !== seen) still = -1;
        seen = look();
      }
      check();
      if (errors.length > 0) throw new Error(errors[0]);
    },
    read: () => {
      const instances = store.instances.find({}, ALL, undefined).toReversed();
      const letters = store.deadLetters.find({}, ALL, undefined);
      return keys.map((key) => {
        const isOfKey = ({ process, aggregateId }: MailboxKey) => process === key.process && aggregateId === key.aggregateId;
        return {
          key,
          instances: instances.filter(isOfKey),
          journalOf: (processId) => store.journal.read(processId),
          entries: store.mailbox.read(key, 10_000),
          commandsOf: (processId) => store.commands.read(processId, 10_000),
          parkedOf: (processId) => store.commands.readParked(processId),
          letters: letters.filter(isOfKey),
        };
      });
    },
    close: async () => {
      await test[Symbol.asyncDispose]();
      database.close();
    },
  };
}
