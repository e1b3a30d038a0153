import type { ProcessMachine } from "../../machine/process-machine.ts";
import { type DefinitionChange, readDefinitionChanges } from "../../observe/definition-changes.ts";
import type { StorageSize } from "../../store/retention.ts";
import { prefixes, processOf } from "../wire/names.ts";
import { activeInvocations, type Known } from "./lag.ts";
import type { Rows } from "./rows.ts";
import { all, coreRows, instanceRows, letterRows, number, quote, text } from "../admin/sql.ts";
import type { Stopping } from "./stopping.ts";

/** How much lies in the objects of the processes. The server's own files are larger. */
export async function readStorage({ query, own: ownRows }: Rows, services: readonly string[]): Promise<StorageSize> {
  const others = await ownRows();
  const own = services.map(quote).join(", ");
  const count = async (from: string) => (await query<{ readonly count: number }>(`SELECT count(*) AS count FROM ${from}`))[0]!.count;
  const [size] = await query<{ readonly bytes?: number }>(
    `SELECT sum(key_length + value_length) AS bytes FROM state WHERE service_name IN (${own})`,
  );
  return {
    bytes: size?.bytes ?? 0,
    rows: {
      keys: await count(`state WHERE ${coreRows}${others}`),
      instances: await count(`state WHERE ${instanceRows}${others}`),
      dead_letters: await count(`state WHERE ${letterRows}${others}`),
      journal: await count(`state WHERE service_name IN (${own}) AND key LIKE '${prefixes.journal}%'`),
      invocations: await count(`sys_invocation WHERE target_service_name IN (${own})`),
    },
  };
}

interface FingerprintRow {
  readonly service: string;
  readonly fingerprint: string;
  readonly version: number;
  readonly count: number;
}

export async function readChanges(
  { query, own }: Rows,
  machines: ReadonlyMap<string, ProcessMachine>,
): Promise<readonly DefinitionChange[]> {
  const rows = await query<FingerprintRow>(
    `SELECT service_name AS service, ${text("fingerprint")} AS fingerprint, ${number("version")} AS version, count(*) AS count ` +
      `FROM state WHERE ${all(instanceRows, `${number("endedAt")} IS NULL`)}${await own()} GROUP BY 1, 2, 3`,
  );
  const found = rows.map(({ service, ...row }) => ({ ...row, process: processOf(service) }));
  const countNewer = (process: string, version: number) =>
    found.filter((row) => row.process === process && row.version > version).reduce((sum, { count }) => sum + count, 0);
  return readDefinitionChanges({ instances: { fingerprints: () => found, countNewer } }, machines);
}

// The pause between two looks. Each look reads all invocations.
const LOOK_MS = 100;

/**
 * Resolves when two looks in a row have found nothing to do: no invocation that runs or waits for its turn, and no key that should have been
 * woken by now. One look is of several moments, so that something could pass by it.
 */
export async function waitUntilIdle(rows: Rows, known: Known, now: () => number, stopping: Stopping): Promise<void> {
  for (let idleLooks = 0; idleLooks < 2;) {
    stopping.refuseStopped("whenIdle");
    idleLooks = (await isIdle(rows, known, now())) ? idleLooks + 1 : 0;
    if (idleLooks < 2) await stopping.pause(LOOK_MS);
  }
}

async function isIdle({ query, own }: Rows, known: Known, now: number): Promise<boolean> {
  const [invocations] = await query<{ readonly count: number }>(
    `SELECT count(*) AS count FROM sys_invocation WHERE ${activeInvocations(known)}`,
  );
  if (invocations!.count > 0) return false;
  const [due] = await query<{ readonly count: number }>(
    `SELECT count(*) AS count FROM state WHERE ${coreRows} AND ${number("wake", "at")} <= ${quote(now)}${await own()}`,
  );
  return due!.count === 0;
}
