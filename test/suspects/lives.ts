import SqliteDatabase from "better-sqlite3";
import { type DeadLetter, type HandlerArgs, type ProcessDefinition, type ProcessSystemOptions } from "perdure";
import { onTestFinished } from "vitest";
import { type Assembly, assembleSystem } from "../../src/system/create-process-system.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

/** One worker after another on one file, in this OS process. Handlers end them as the end of the OS process would. */
export interface Lives {
  /** What began, in order: `1 OrderPlaced o-1 attempt 1`, with the number of the life. */
  readonly ran: string[];
  /** Warnings and errors. */
  readonly said: string[];
  /** Accepted by a client, which handles nothing. */
  dispatch(...aggregateIds: readonly string[]): Promise<void>;
  /** Ends the life that runs; never resolves. */
  die(): Promise<never>;
  /** A life until nothing is left to do, which is stopped then, or until it dies. Whether it died. */
  live(meanwhile?: (assembly: Assembly) => unknown): Promise<boolean>;
  /** Lives until one does not die; how many there were. */
  liveOn(): Promise<number>;
  letters(): readonly DeadLetter[];
  statuses(): Readonly<Record<string, string>>;
  query(sql: string): readonly unknown[];
}

const MOST_LIVES = 30;

export type Does = (args: HandlerArgs) => unknown;

export function createLives(
  does: (lives: Lives) => Readonly<Record<string, Does>>,
  options: Partial<ProcessSystemOptions> = {},
  more: { readonly onTimedOut?: Does; readonly onFailed?: Does; readonly timeout?: number } = {},
): Lives {
  const path = createDatabasePath();
  let life = 0;
  let assembly: Assembly | undefined;
  let noteDeath = () => {};
  let last: { readonly letters: readonly DeadLetter[]; readonly statuses: Readonly<Record<string, string>> } = {
    letters: [],
    statuses: {},
  };
  onTestFinished(() => assembly?.halt());

  const query = (sql: string) => {
    const database = new SqliteDatabase(path);
    try {
      const statement = database.prepare<[]>(sql);
      return statement.reader ? statement.all() : [statement.run()];
    } finally {
      database.close();
    }
  };

  const record =
    (name: string, handle: Does): Does =>
    (args) => {
      lives.ran.push(`${life} ${name} ${args.event.aggregateId} attempt ${args.attempt}`);
      return handle(args);
    };

  const open = async (role: "worker" | "client" = "worker") => {
    const on = Object.fromEntries(Object.entries(does(lives)).map(([type, handle]) => [type, record(type, handle)]));
    const definition: ProcessDefinition = defineLifecycle(on, {
      timeout: more.timeout ?? 86_400_000,
      ...(more.onTimedOut !== undefined && { onTimedOut: record("TimedOut", more.onTimedOut) }),
      ...(more.onFailed !== undefined && { onFailed: record("Failed", more.onFailed) }),
    });
    const say = (message: string) => void lives.said.push(message.split("\n")[0]!);
    const { processes, ...others } = options;
    return assembleSystem({
      definitions: [definition],
      dispatchCommand: () => {},
      store: { path, synchronous: "normal" },
      role,
      logger: { warn: say, error: say },
      processes: { retry: { initialDelay: 0, maxRetries: 3 }, ...processes },
      ...others,
    });
  };

  const lives: Lives = {
    ran: [],
    said: [],
    dispatch: async (...aggregateIds) => {
      const { system } = await open("client");
      await system.dispatch(placed(...aggregateIds));
      await system.stop();
    },
    die: () => {
      assembly!.halt();
      assembly = undefined;
      noteDeath();
      return new Promise(() => {});
    },
    live: async (meanwhile = () => {}) => {
      life += 1;
      const death = new Promise<true>((resolve) => {
        noteDeath = () => resolve(true);
      });
      const current = await open();
      assembly = current;
      await current.system.start();
      const hasDied = await Promise.race([death, waitFor(current, meanwhile)]);
      if (current.system.state === "stopped" && !hasDied) return false;
      if (hasDied) {
        // Nobody waits for the lease of the dead to expire.
        query("UPDATE perdure_lease SET expires_at = 1");
        return true;
      }
      last = {
        letters: await current.system.deadLetters.list(),
        statuses: Object.fromEntries((await current.system.processes.find()).map(({ aggregateId, status }) => [aggregateId, status])),
      };
      await current.system.stop();
      assembly = undefined;
      return false;
    },
    liveOn: async () => {
      for (let count = 1; count <= MOST_LIVES; count += 1) if (!(await lives.live())) return count;
      throw new Error(`${MOST_LIVES} lives died`);
    },
    letters: () => last.letters,
    statuses: () => last.statuses,
    query,
  };
  return lives;
}

async function waitFor(assembly: Assembly, meanwhile: (assembly: Assembly) => unknown): Promise<false> {
  await meanwhile(assembly);
  if (assembly.system.state !== "stopped") await assembly.system.whenIdle();
  return false;
}

export const placed = (...aggregateIds: readonly string[]) => aggregateIds.map((aggregateId) => ({ type: "OrderPlaced", aggregateId }));
