import { loadDomain } from "../../../../src/definition/load-domain.ts";
import { readSettings } from "../../../../src/runtime/check/settings.ts";
import type { KeyedStore } from "../../../../src/store/keyed-store.ts";
import { createManualClock } from "../../../../src/testing/kit/manual-clock.ts";
import { createKeyedHost } from "../../../support/keyed-host/keyed-host.ts";
import { createKeptKey } from "../../../support/keyed-host/kept-key.ts";
import { createKeyStore } from "../../../support/keyed-host/key-store.ts";
import { type HostUnderTest, openDomain, processesOptions, START } from "./host-under-test.ts";

/** The keyed core in memory. `wrapStore` gives it a fault. */
export async function openKeyedHost(wrapStore?: (store: KeyedStore) => KeyedStore): Promise<HostUnderTest> {
  const clock = createManualClock(START);
  const { gates, check, definitions, commands } = openDomain(() => clock.now());
  const { domain } = await loadDomain({ domain: [], definitions, commands });
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
    view: (process, aggregateId) => {
      const isOf = ({ key }: { readonly key: { readonly process: string; readonly aggregateId: string } }) =>
        key.process === process && key.aggregateId === aggregateId;
      const kept = host.keys.find(isOf) ?? createKeptKey({ process, aggregateId });
      // Not the faulty one: what is there is looked at as it is.
      const store = createKeyStore(kept);
      return {
        instances: kept.instances,
        journalOf: (processId) => kept.journal.filter((record) => record.processId === processId),
        entries: store.mailbox.read(kept.key, 10_000),
        commandsOf: (processId) => store.commands.read(processId, 10_000),
        parkedOf: (processId) => store.commands.readParked(processId),
        letters: kept.letters,
      };
    },
    close: async () => {},
  };
}
