import { ProcessError } from "../../errors.ts";
import { findImportProblem, type KeyImport } from "../../restate/client/key-import.ts";
import { hasWork, toKeyExport } from "../../restate/key/imported-key.ts";
import type { KeyExport } from "../../restate/wire/messages.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import { readExport } from "./read-export.ts";

/** A key that is not imported, and why. */
export interface KeyProblem extends MailboxKey {
  readonly problem: string;
}

export interface CheckedExport {
  readonly keys: number;
  readonly problems: readonly KeyProblem[];
}

/** How many keys an import has come past so far. */
export interface ImportCounts {
  readonly imported: number;
  /** Those that an earlier run has imported. */
  readonly before: number;
  /** Those that have something of their own. */
  readonly refused: number;
  /** Those that have begun to go on. */
  readonly begun: number;
}

export interface ImportOptions {
  readonly keyImport: KeyImport;
  /** In milliseconds since 1970. */
  readonly now: number;
  onProgress(counts: ImportCounts): void;
  onRefused(problem: KeyProblem): void;
}

/** Reads all of an export and looks whether its keys could go on with these versions of the processes. @throws CliError as `readExport` does */
export async function checkExport(file: string, versions: ReadonlyMap<string, number>, now: number): Promise<CheckedExport> {
  const problems: KeyProblem[] = [];
  let keys = 0;
  for await (const given of readKeys(file, now)) {
    keys += 1;
    const problem = findImportProblem(given, versions);
    if (problem !== undefined) problems.push({ ...given.kept.key, problem });
  }
  return { keys, problems };
}

// So many keys are on their way at once. Each costs the server a turn of its own.
const AT_ONCE = 16;

/**
 * Imports the keys of an export, and then has them go on: what one does may be for another, which has to be there by then. To call it again,
 * after whatever has stopped it, goes on where that was.
 */
export async function importExport(file: string, { keyImport, now, onProgress, onRefused }: ImportOptions): Promise<ImportCounts> {
  const counts = { imported: 0, before: 0, refused: 0, begun: 0 };
  await forEach(readKeys(file, now), async (given) => {
    try {
      if (await keyImport.bring(given)) counts.imported += 1;
      else counts.before += 1;
    } catch (error) {
      if (!ProcessError.is(error, "KEY_IN_USE")) throw error;
      counts.refused += 1;
      onRefused({ ...given.kept.key, problem: error.problem });
    }
    onProgress(counts);
  });
  await forEach(readKeys(file, now), async (given) => {
    if (!hasWork(given)) return;
    await keyImport.begin(given.kept.key, given.importId);
    counts.begun += 1;
    onProgress(counts);
  });
  return counts;
}

async function* readKeys(file: string, now: number): AsyncGenerator<KeyExport> {
  for await (const { header, key } of readExport(file)) yield toKeyExport(key, header, now);
}

/** Works at some items at once. After a failure none is begun any more, and those that were are waited for. */
async function forEach<Item>(items: AsyncIterable<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for await (const item of items) {
    const done = work(item)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => running.delete(done));
    running.add(done);
    if (running.size === AT_ONCE) await Promise.race(running);
    if (failures.length > 0) break;
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}
