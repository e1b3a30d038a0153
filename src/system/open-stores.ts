import type { DeadLetterFile } from "../store/dead-letter-file.ts";
import { openDeadLetterFile } from "../store/sqlite/dead-letter-file.ts";
import type { Store } from "../store/store.ts";
import type { SystemOptions } from "./system-options.ts";

interface OpenStores {
  readonly store: Store;
  readonly deadLetterFile: DeadLetterFile | undefined;
}

/** Opens the store, and the file of dead letters if they have one of their own. Neither stays open if the other cannot be opened. */
export function openStores(options: SystemOptions, wrapStore: (store: Store) => Store = (store) => store): OpenStores {
  const store = options.openStore();
  const { dlqPath } = options.settings;
  try {
    options.checkFilesApart();
    return { store: wrapStore(store), deadLetterFile: dlqPath === undefined ? undefined : openDeadLetterFile(dlqPath, options.driver) };
  } catch (error) {
    store.close();
    throw error;
  }
}
