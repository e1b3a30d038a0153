import type { Status } from "../../definition/model/instance.ts";
import type { DeadLetterFilter, DeadLetterRecord } from "../../store/dead-letters.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { JournalRecord } from "../../store/journal.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { KeptKey } from "../wire/kept-key.ts";
import { nameDomainServices } from "../wire/domain-services.ts";
import { prefixes, processOf, serviceOf, stateKeys } from "../wire/names.ts";
import type { Admin } from "../admin/admin.ts";
import { exceptOthers } from "../admin/key-queries.ts";
import { all, behind, coreRows, equal, instanceRows, letterRows, number, type Place, quote, text } from "../admin/sql.ts";

/*
 * What is asked of all keys at once, in the server's SQL. The server has no index for any of it, so each question reads all that there is of
 * the kind of rows that it names. Each page of an answer has its own moment.
 */

/** Which instances SQL can choose. */
export interface InstanceRowFilter {
  readonly process?: string | undefined;
  readonly aggregateId?: string | undefined;
  readonly status?: Status | undefined;
  readonly outcome?: string | undefined;
  /** A further condition, in SQL. */
  readonly and?: string | undefined;
}

/** A row with the key of the object where it lies. */
export interface PlacedRow<Row> {
  readonly row: Row;
  readonly key: MailboxKey;
}

export interface Rows {
  /** Newest first, `limit` at most. */
  instances(filter: InstanceRowFilter, after: Place | undefined, limit: number): Promise<readonly InstanceRecord[]>;
  instance(processId: string): Promise<PlacedRow<InstanceRecord> | undefined>;
  /** Oldest first, `limit` at most. */
  letters(filter: DeadLetterFilter, after: Place | undefined, limit: number): Promise<readonly DeadLetterRecord[]>;
  letter(deadLetterId: string): Promise<PlacedRow<DeadLetterRecord> | undefined>;
  /** What happened to an instance of a key, oldest first. */
  journal(key: MailboxKey, processId: string): Promise<readonly JournalRecord[]>;
  /** All keys that have something to do, now or later, or hold something back. */
  busyKeys(): AsyncIterable<KeptKey>;
  /** A condition, to be put behind others, that leaves out rows of other domains. */
  own(): Promise<string>;
  /** Runs a query that nothing of this has. */
  query<Row>(sql: string): Promise<readonly Row[]>;
}

interface ValueRow {
  readonly value: string;
  readonly service: string;
  readonly key: string;
}

const COLUMNS = "value_utf8 AS value, service_name AS service, service_key AS key";

// Each page of a scan costs as much as the whole, and its rows have to fit into the memory.
const KEYS_IN_PAGE = 500;

/** `domain` is what the domain is called on the server. */
export function createRows(admin: Pick<Admin, "query" | "services">, domain: string): Rows {
  const { query } = admin;
  const own = () => exceptOthers(admin, domain);
  const { outside } = nameDomainServices(domain, []);
  const select = async (where: string, order: string, limit: number) =>
    query<ValueRow>(`SELECT ${COLUMNS} FROM state WHERE ${where}${await own()} ORDER BY ${order} LIMIT ${limit}`);
  const one = async <Row>(stateKey: string, kind: string): Promise<PlacedRow<Row> | undefined> => {
    const [found] = await select(all(equal("key", stateKey), kind), "service_key", 1);
    return found && { row: parse(found) as Row, key: { process: processOf(found.service), aggregateId: found.key } };
  };

  return {
    instances: async ({ process, aggregateId, status, outcome, and }, after, limit) => {
      const place = [number("startedAt"), text("processId")] as const;
      const where = all(
        instanceRows,
        equal("service_name", process && serviceOf(process)),
        equal("service_key", aggregateId),
        equal(text("status"), status),
        equal(text("outcome"), outcome),
        and,
        behind(place, after, "down"),
      );
      return (await select(where, `${place[0]} DESC, ${place[1]} DESC`, limit)).map((row) => parse(row) as InstanceRecord);
    },
    instance: async (processId) => one(stateKeys.instance(processId), instanceRows),
    letters: async ({ process, aggregateId, processId, status }, after, limit) => {
      const place = [number("lastFailedAt"), text("deadLetterId")] as const;
      const where = all(
        letterRows,
        equal("service_name", process === "" ? outside : process && serviceOf(process)),
        equal(text("aggregateId"), aggregateId),
        equal(text("processId"), processId),
        equal(text("status"), status),
        behind(place, after, "up"),
      );
      return (await select(where, `${place[0]}, ${place[1]}`, limit)).map((row) => parse(row) as DeadLetterRecord);
    },
    letter: async (deadLetterId) => one(stateKeys.letter(deadLetterId), letterRows),
    journal: async ({ process, aggregateId }, processId) => {
      const where = all(`key LIKE '${prefixes.journal}%'`, equal("service_name", serviceOf(process)), equal("service_key", aggregateId));
      const parts = await query<ValueRow>(`SELECT ${COLUMNS} FROM state WHERE ${where} ORDER BY key`);
      return parts.flatMap((part) => parse(part) as readonly JournalRecord[]).filter((record) => record.processId === processId);
    },
    busyKeys: () => scanKeys(select),
    own,
    query,
  };
}

async function* scanKeys(
  select: (where: string, order: string, limit: number) => Promise<readonly ValueRow[]>,
): AsyncGenerator<KeptKey, void, undefined> {
  const isBusy = ["entries", "instances", "commands", "letters"].map((part) => `json_length(value_utf8, '${part}') > 0`).join(" OR ");
  let last: ValueRow | undefined;
  do {
    const where = all(coreRows, `(${isBusy})`, last && isBehind(last));
    const page: readonly ValueRow[] = await select(where, "service_name, service_key", KEYS_IN_PAGE);
    for (const row of page) yield parse(row) as KeptKey;
    last = page.length < KEYS_IN_PAGE ? undefined : page.at(-1);
  } while (last !== undefined);
}

function isBehind({ service, key }: ValueRow): string {
  return `(service_name > ${quote(service)} OR (service_name = ${quote(service)} AND service_key > ${quote(key)}))`;
}

/** Casts of it hold, because the host writes the rows of each kind as the wire has them. */
function parse({ value }: Pick<ValueRow, "value">): unknown {
  return JSON.parse(value);
}
