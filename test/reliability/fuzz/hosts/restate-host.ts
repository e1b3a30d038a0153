import type { DispatchedEvent } from "perdure";
import type { KeptKey } from "../../../../src/restate/wire/kept-key.ts";
import type { KeyView as RestateView } from "../../../../src/restate/wire/messages.ts";
import { readRefusal } from "../../../../src/restate/wire/refusal.ts";
import { serviceOf } from "../../../../src/restate/wire/names.ts";
import { createKeptKey } from "../../../../src/restate/key/kept-key.ts";
import { createKeyStore, createWrittenRows } from "../../../../src/restate/key/key-store.ts";
import type { MailboxKey } from "../../../../src/store/mailbox.ts";
import type { JournalRecord } from "../../../../src/store/journal.ts";
import { openFake } from "../../../support/fake-restate/open-fake.ts";
import { silentLogger } from "../../../support/silent-logger.ts";
import { TerminalError } from "../../../support/fake-restate/fake-restate.ts";
import { type HostUnderTest, keys, openDomain, processesOptions } from "./host-under-test.ts";

/** The host on Restate, on a server in memory that runs each turn twice. */
export async function openRestateHost(): Promise<HostUnderTest> {
  let now = () => 0;
  const { gates, check, ...domain } = openDomain(() => now());
  const host = await openFake({
    definitions: domain.definitions,
    commands: domain.commands,
    processes: processesOptions,
    logger: silentLogger,
  });
  const { restate, clock } = host;
  now = () => clock.now();
  const state = (key: MailboxKey) => [...restate.state(serviceOf(key.process), key.aggregateId)];
  const read = (key: MailboxKey, prefix: string): readonly unknown[] =>
    state(key)
      .filter(([name]) => name.startsWith(prefix))
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([, text]) => JSON.parse(text) as unknown);

  return {
    clock,
    gates,
    dispatch: (events: readonly DispatchedEvent[]) => host.dispatch(...events),
    settle: async (deadLetterId, settlement) => {
      const key = keys.find((each) => state(each).some(([name]) => name === `letter/${deadLetterId}`))!;
      try {
        await restate.call(serviceOf(key.process), key.aggregateId, "settle", { deadLetterId, settlement });
      } catch (error) {
        throw error instanceof TerminalError ? (readRefusal(error.message) ?? error) : error;
      }
    },
    drain: async () => {
      await restate.drain();
      check();
    },
    read: () =>
      keys.map((key) => {
        const [kept = createKeptKey(key)] = read(key, "core") as readonly KeptKey[];
        const store = createKeyStore(kept, createWrittenRows());
        const journal = (read(key, "h/") as readonly (readonly JournalRecord[])[]).flat();
        return {
          key,
          instances: read(key, "i/") as RestateView["instances"],
          journalOf: (processId) => journal.filter((record) => record.processId === processId),
          entries: store.mailbox.read(key, 10_000),
          commandsOf: (processId) => store.commands.read(processId, 10_000),
          parkedOf: (processId) => store.commands.readParked(processId),
          // Maps keep the order in which their keys came.
          letters: state(key)
            .filter(([name]) => name.startsWith("letter/"))
            .map(([, text]) => JSON.parse(text) as RestateView["letters"][number]),
        };
      }),
    isInStep: () => restate.isInTurn,
    close: async () => {},
  };
}
