import { loadDomain } from "../../../../src/definition/load-domain.ts";
import { readSettings } from "../../../../src/runtime/check/settings.ts";
import { keyToId } from "../../../../src/runtime/memory/mailbox-id.ts";
import type { KeyedStore } from "../../../../src/store/keyed-store.ts";
import { createManualClock } from "../../../../src/testing/kit/manual-clock.ts";
import { createKeyedHost } from "../../../support/keyed-host/keyed-host.ts";
import { createKeptKey } from "../../../../src/restate/key/kept-key.ts";
import { createKeyStore, createWrittenRows } from "../../../../src/restate/key/key-store.ts";
import { type HostUnderTest, keys, openDomain, processesOptions, START } from "./host-under-test.ts";
import { readChart } from "../../../../src/machine/read-chart.ts";

/** The keyed core in memory. `wrapStore` gives it a fault. */
export async function openKeyedHost(wrapStore?: (store: KeyedStore) => KeyedStore): Promise<HostUnderTest> {
  const clock = createManualClock(START);
  const { gates, check, definitions, commands } = openDomain(() => clock.now());
  const { domain } = await loadDomain({ domain: [], definitions, readChart, commands });
  const host = await createKeyedHost({ domain, settings: readSettings(processesOptions), clock, ...(wrapStore && { wrapStore }) });

  return {
    clock,
    gates,
    dispatch: (events) => host.dispatch(events),
    settle: (deadLetterId, settlement) => host.settle(deadLetterId, settlement),
    drain: async () => {
      await host.drain();
      check();
    },
    read: () => {
      const known = new Map(host.keys.map((each) => [keyToId(each.kept.key), each]));
      return keys.map((key) => {
        const { kept, rows } = known.get(keyToId(key)) ?? { kept: createKeptKey(key), rows: createWrittenRows() };
        // Not the faulty one: what is there is looked at as it is.
        const store = createKeyStore(kept, createWrittenRows());
        return {
          key,
          instances: [...rows.instances.values()],
          journalOf: (processId) => rows.journal.filter((record) => record.processId === processId),
          entries: store.mailbox.read(key, 10_000),
          commandsOf: (processId) => store.commands.read(processId, 10_000),
          parkedOf: (processId) => store.commands.readParked(processId),
          letters: [...rows.letters.values()],
        };
      });
    },
    close: async () => {},
  };
}
