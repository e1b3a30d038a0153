import type { Status } from "../../definition/model/instance.ts";
import { processOf, serviceOf, stateKeys } from "../wire/names.ts";
import { domainOf } from "../wire/domain-services.ts";
import type { Admin } from "./admin.ts";
import { instanceRows, quote, text } from "./sql.ts";

/*
 * What is asked of all keys at once, in the server's SQL. Each of these is a scan, for an operator and for a deploy, and nothing is decided
 * by them.
 */

export interface InstanceCount {
  readonly process: string;
  readonly status: Status;
  readonly count: number;
}

/** A key of a process, and what it waits for that never comes. */
export interface StrandedKey {
  readonly service: string;
  readonly key: string;
  /** `wake`: to be woken. `command`: to be told what came of a command. */
  readonly what: "wake" | "command";
  readonly invocationId: string;
}

/** An invocation that gets no further. */
export interface StuckInvocation {
  readonly id: string;
  /** Such as `order.order-lifecycle/order-1/accept`. */
  readonly target: string;
  readonly status: string;
  readonly retry_count?: number;
  readonly last_failure?: string;
}

/** How many instances there are, by process and status. `own` gives a condition, to be put behind others, that leaves out those of other domains. */
export async function countInstances({
  query,
  own,
}: Pick<Admin, "query"> & { readonly own: () => Promise<string> }): Promise<readonly InstanceCount[]> {
  const rows = await query<Omit<InstanceCount, "process"> & { readonly service: string }>(
    `SELECT service_name AS service, ${text("status")} AS status, count(*) AS count FROM state ` +
      `WHERE ${instanceRows}${await own()} GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  return rows.map(({ service, status, count }) => ({ process: processOf(service), status, count }));
}

/** For how many keys of a process something is still to be done: an instance has not ended, or events or commands wait. */
export async function countKeysInUse(admin: Pick<Admin, "query">, process: string): Promise<number> {
  const inUse = ["instances", "entries", "commands"].map((part) => `json_length(value_utf8, '${part}') > 0`).join(" OR ");
  const [row] = await admin.query<{ readonly count: number }>(
    `SELECT count(*) AS count FROM state WHERE service_name = ${quote(serviceOf(process))} AND key = '${stateKeys.core}' AND (${inUse})`,
  );
  return row?.count ?? 0;
}

/** The invocations that are paused, or have been tried `retries` times without success; some at most. */
export function findStuckInvocations(admin: Pick<Admin, "query">, retries: number): Promise<readonly StuckInvocation[]> {
  return admin.query(
    `SELECT id, target, status, retry_count, last_failure FROM sys_invocation WHERE status = 'paused' OR (status <> 'completed' AND retry_count >= ${retries}) LIMIT ${MOST}`,
  );
}

/**
 * The keys that wait for an invocation which is not there any more, because it was killed or purged by hand; some at most. A key that goes
 * on while it is looked at may be among them, so only what is found twice is stranded.
 */
export async function findStrandedKeys(admin: Pick<Admin, "query">): Promise<readonly StrandedKey[]> {
  const first = await lookForStranded(admin);
  if (first.length === 0) return [];
  const second = new Set((await lookForStranded(admin)).map(({ invocationId }) => invocationId));
  return first.filter(({ invocationId }) => second.has(invocationId));
}

async function lookForStranded(admin: Pick<Admin, "query">): Promise<readonly StrandedKey[]> {
  const wake = "json_get_str(s.value_utf8, 'wake', 'invocationId')";
  const woken = admin.query<Omit<StrandedKey, "what">>(
    `SELECT s.service_name AS service, s.service_key AS key, ${wake} AS "invocationId" FROM state s ` +
      `LEFT JOIN sys_invocation i ON i.id = ${wake} AND i.status <> 'completed' ` +
      `WHERE s.key = '${stateKeys.core}' AND ${wake} IS NOT NULL AND i.id IS NULL LIMIT ${MOST}`,
  );
  return [...(await woken).map((each): StrandedKey => ({ ...each, what: "wake" })), ...(await lookForLostRuns(admin))];
}

async function lookForLostRuns(admin: Pick<Admin, "query">): Promise<readonly StrandedKey[]> {
  const keys = await admin.query<{ readonly service: string; readonly key: string; readonly running: string }>(
    `SELECT service_name AS service, service_key AS key, json_get_json(value_utf8, 'running') AS running FROM state ` +
      `WHERE key = '${stateKeys.core}' AND json_length(value_utf8, 'running') > 0 LIMIT ${MOST}`,
  );
  if (keys.length === 0) return [];
  // A run that has ended sends its result in an invocation of its own, which may be on its way.
  const alive = await admin.query<{ readonly id: string; readonly service: string; readonly key?: string }>(
    `SELECT id, target_service_name AS service, target_service_key AS key FROM sys_invocation ` +
      `WHERE status <> 'completed' AND target_handler_name IN ('run', 'commandSettled')`,
  );
  const ids = new Set(alive.map(({ id }) => id));
  const told = new Set(alive.map(({ service, key = "" }) => `${service}/${key}`));
  return keys
    .filter(({ service, key }) => !told.has(`${service}/${key}`))
    .flatMap(({ service, key, running }) =>
      (JSON.parse(running) as readonly { readonly invocationId: string }[])
        .filter(({ invocationId }) => !ids.has(invocationId))
        .map(({ invocationId }): StrandedKey => ({ service, key, what: "command", invocationId })),
    );
}

const MOST = 1_000;

/**
 * A condition, to be put behind others, that leaves out what lies in the objects of other domains and programs on the server. What no deployment
 * has any more counts as the domain's own, so that nothing is hidden from everybody.
 */
export async function exceptOthers(admin: Pick<Admin, "services">, domain: string): Promise<string> {
  const others = (await admin.services()).filter((service) => domainOf(service) !== domain).map(({ name }) => quote(name));
  return others.length === 0 ? "" : ` AND service_name NOT IN (${others.join(", ")})`;
}
