import type { Attempts } from "../../runtime/core/attempt.ts";
import type { Deciding, Rules } from "../../runtime/core/host.ts";
import { createIdentities } from "../../runtime/decide/identity.ts";
import { keyToId } from "../../runtime/memory/mailbox-id.ts";
import { createMemory, type Memory } from "../../runtime/memory/memory.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import type { KeptKey } from "../wire/kept-key.ts";
import { createKeyStore, createWrittenRows, type WrittenRows } from "./key-store.ts";

/** What all keys have in common. */
export interface KeyRules extends Omit<Rules, "identities"> {
  readonly attempts: Attempts;
}

/** A key for the time of one turn: what is kept of it, and what the turn writes beside that. */
export interface OpenKey {
  readonly kept: KeptKey;
  readonly id: string;
  readonly rules: KeyRules & Pick<Rules, "identities">;
  readonly store: KeyedStore;
  readonly memory: Memory;
  readonly written: WrittenRows;
}

/** `letter` is one that the turn is about and that is not kept. */
export function openKey(kept: KeptKey, rules: KeyRules, letter?: DeadLetterRecord): OpenKey {
  const written = createWrittenRows();
  const store = createKeyStore(kept, written, (deadLetterId) => (letter?.deadLetterId === deadLetterId ? letter : undefined));
  // It holds nothing, because nothing begins it: the key itself is in memory.
  const memory = createMemory(store, { held: 1, active: 1 });
  for (const { seq, lane } of kept.running) memory.lanes.enter(seq, lane);
  return {
    kept,
    id: keyToId(kept.key),
    rules: { ...rules, identities: createIdentities(kept.unkeyedUpTo) },
    store,
    memory,
    written,
  };
}

/** What decides for a key, as of a moment. */
export function decideAt({ rules, memory, store }: Pick<OpenKey, "rules" | "memory" | "store">, now: () => number): Deciding {
  const { clock, machines, router } = rules;
  return {
    clock: { ...clock, now },
    machines,
    router,
    memory,
    isNewer: (process, processId, known) => {
      const machine = machines.get(process);
      const instance = known?.processId === processId ? known : store.instances.get(processId);
      return machine !== undefined && (instance?.version ?? 1) > machine.definition.version;
    },
  };
}
