import { deriveId, systemIds } from "../../platform/ids.ts";
import { countBytes, formatBytes } from "../../platform/size.ts";
import { ProcessError } from "../../errors.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import { LONGEST_KEY } from "../key/key-size.ts";
import type { BeginInput, KeyExport } from "../wire/messages.ts";
import { checkKey } from "../wire/names.ts";
import { createIngress, type Ingress, LARGEST_MESSAGE, targetOf } from "../ingress/ingress.ts";
import { createAsk } from "../ingress/patience.ts";

/** Brings keys of another host to Restate. Each call is tried again if the server is away for a while, and does no harm when repeated. */
export interface KeyImport {
  /**
   * Resolves with whether the key was not there before. Nothing of it is done until it is begun.
   * @throws ProcessError `KEY_IN_USE` if the key has something of its own, `KEY_UNUSABLE`, and as `Ingress` does
   */
  bring(given: KeyExport): Promise<boolean>;
  /** Has a key get on with what it has to do, if it was imported from that export. Call it when all keys are there. */
  begin(key: MailboxKey, importId: string): Promise<void>;
}

// The server may be restarted meanwhile.
const RETRY_MS = 30_000;

/** @throws ProcessError `RESTATE_UNREACHABLE` */
export async function openKeyImport(ingress: string): Promise<KeyImport> {
  const ask = createAsk({ limitMs: RETRY_MS, headers: {} });
  const opened = createIngress(ingress, ask);
  await createIngress(ingress, createAsk({ limitMs: RETRY_MS, headers: {}, mayRetry: false })).check();
  return createKeyImport(opened);
}

function createKeyImport(ingress: Pick<Ingress, "call" | "send">): KeyImport {
  // An answer belongs to one run, because a later one wants to know what is there by then.
  const run = systemIds.next();
  const name = (what: string, { process, aggregateId }: MailboxKey, importId: string) =>
    deriveId(`${run}/${what}/${importId}/${process}/${aggregateId}`);
  return {
    bring: async (given) => {
      const { key } = given.kept;
      checkKey(key);
      return (await ingress.call(targetOf(key, "importKey"), name("import", key, given.importId), given)) === true;
    },
    begin: async (key, importId) => {
      const input: BeginInput = { importId };
      await ingress.send(targetOf(key, "beginKey"), name("begin", key, importId), input);
    },
  };
}

/** Why a key could not go on here, as a sentence without its end; `undefined` if it could. `versions` are those of the processes that are defined. */
export function findImportProblem({ kept, ...given }: KeyExport, versions: ReadonlyMap<string, number>): string | undefined {
  const { process } = kept.key;
  const version = versions.get(process);
  if (version === undefined) return "no process of that name is defined";
  const newer = kept.instances.find((instance) => instance.version > version);
  if (newer !== undefined)
    return `its instance ${newer.processId} is of version ${newer.version}, and the process is defined in version ${version}`;
  try {
    checkKey(kept.key);
  } catch (error) {
    if (!ProcessError.is(error, "KEY_UNUSABLE")) throw error;
    return "Restate cannot be called with this key";
  }
  const core = JSON.stringify(kept);
  if (core.length > LONGEST_KEY) {
    return `what waits in it is ${formatBytes(core.length)}, and Restate takes ${formatBytes(LONGEST_KEY)} for a key`;
  }
  const bytes = countBytes(core) + countBytes(JSON.stringify(given));
  if (bytes > LARGEST_MESSAGE) {
    return `it is ${formatBytes(bytes)}, and Restate takes ${formatBytes(LARGEST_MESSAGE)} at a time: export it without its journal (--no-journal)`;
  }
  return undefined;
}
