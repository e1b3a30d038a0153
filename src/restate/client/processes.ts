import { openStatuses, type ProcessInstance, type Status } from "../../definition/model/instance.ts";
import { ProcessError } from "../../errors.ts";
import { createPage, readListFilter } from "../../observe/page.ts";
import { createInstanceVerbs, type InstanceVerbPorts } from "../../observe/instance-verbs.ts";
import { systemIds } from "../../platform/ids.ts";
import { checkUntil, type ProcessFilter, processFilterFields, type Processes, refuseWait } from "../../observe/processes.ts";
import { steadyClock } from "../../platform/clock.ts";
import { parseDuration } from "../../platform/duration.ts";
import { expectId } from "../../platform/options.ts";
import { createRecent } from "../../platform/recent.ts";
import { recordToInstance } from "../../record/instance.ts";
import { recordToJournalEntry } from "../../record/journal-entry.ts";
import { listWaiting } from "../../record/waiting-event.ts";
import { refuseUnknownInstance } from "../../runtime/commit/change-instance.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { JournalRecord } from "../../store/journal.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { Ingress } from "../ingress/ingress.ts";
import { checkInstanceFilter, type Definitions, isPartlyKnown, matchesInstance, narrow } from "./instance-filter.ts";
import { readPlace, writePlace } from "./place.ts";
import type { Rows } from "./rows.ts";
import type { Place } from "../admin/sql.ts";
import type { Stopping } from "./stopping.ts";

export interface ProcessesPorts {
  readonly ingress: Pick<Ingress, "read" | "change">;
  readonly now: () => number;
  /** @throws ProcessError `CONFIG_INVALID` if the address of the admin port was not given */
  readonly rows: (what: string) => Rows;
  readonly definitions: Definitions;
  readonly stopping: Stopping;
}

/** One key is asked through the ingress; everything else is a scan through the admin port. */
export function createProcesses(ports: ProcessesPorts): Processes {
  const { ingress, rows, definitions } = ports;
  // Where instances lie that were looked at, so that their journals can be found without a scan.
  const places = createRecent<MailboxKey>(10_000);
  const note = (records: readonly InstanceRecord[]) => {
    for (const { processId, process, aggregateId } of records) places.set(processId, { process, aggregateId });
    return records;
  };

  const find = async (filter: ProcessFilter, after: Place | undefined, limit: number): Promise<readonly InstanceRecord[]> => {
    const { process, aggregateId } = filter;
    // A key of a process that is not defined any more has nobody who reads it.
    const isOneKey = process !== undefined && aggregateId !== undefined && definitions.has(process);
    if (!isOneKey) return note(await findInRows(rows("processes.find"), filter, definitions, { after, limit }));
    const { instances } = await ingress.read({ process, aggregateId });
    return note(instances.filter((record) => matchesInstance(record, filter, definitions) && isBehind(record, after)).slice(0, limit));
  };

  const locate = async (processId: string, what: string): Promise<MailboxKey> => {
    expectId(processId, "processId");
    const key = places.get(processId) ?? (await rows(what).instance(processId))?.key;
    if (key === undefined) throw refuseUnknownInstance(processId);
    places.set(processId, key);
    return key;
  };

  const getRecord = async (processId: string): Promise<InstanceRecord | undefined> => {
    const known = places.get(processId);
    const record =
      known !== undefined && definitions.has(known.process)
        ? (await ingress.read(known)).instances.find((each) => each.processId === processId)
        : (await rows("processes.get").instance(processId))?.row;
    if (record !== undefined) note([record]);
    return record;
  };

  return {
    ...createInstanceVerbs(createVerbPorts(ports, { get: getRecord, find, locate })),
    get: async (processId) => {
      expectId(processId, "processes.get: processId");
      const record = await getRecord(processId);
      return record === undefined ? undefined : recordToInstance(record);
    },
    find: async (given = {}) => {
      const { filter, size, cursor } = readListFilter(given, processFilterFields);
      checkInstanceFilter(filter, definitions);
      return createPage(await find(filter, readPlace(cursor), size), size, recordToInstance, (record) => writePlace(placeOf(record)));
    },
    history: async (processId) => {
      const key = await locate(processId, "processes.history");
      return (await readJournal(ports, key, processId)).map(recordToJournalEntry);
    },
    waiting: async (processId) => {
      const key = await locate(processId, "processes.waiting");
      // Nobody reads the mailbox of a process that is not defined any more.
      if (!definitions.has(key.process)) return [];
      const { instances, entries } = await ingress.read(key);
      return instances.some((each) => each.processId === processId && each.endedAt === null) ? listWaiting(entries) : [];
    },
    states: async () => {
      throw new ProcessError("RESTATE_UNSUPPORTED", "processes.states: nothing on Restate counts instances by the states of their charts", {
        hint: "Find them by one state: processes.find({ process, state }).",
      });
    },
    subscribe: () => {
      throw new ProcessError("RESTATE_UNSUPPORTED", "processes.subscribe: no OS process that is connected to Restate commits steps", {
        hint: "Read processes.history, wait with processes.waitFor, or have a command tell whoever needs to know.",
      });
    },
    erase: async () => {
      throw new ProcessError(
        "RESTATE_UNSUPPORTED",
        "processes.erase: nothing that is kept on Restate is erased before its retention is over",
        {
          hint: "Set `retention` where the services are served, so that ended instances and their journals go soon enough.",
        },
      );
    },
    waitFor: async (filter, until = {}) => {
      checkUntil(until);
      const { status, timeout = "30s" } = until;
      checkInstanceFilter(filter, definitions);
      const findNewest = async (wanted: ProcessFilter) => (await find(wanted, undefined, 1)).map(recordToInstance)[0];
      return waitFor(findNewest, filter, { status, timeout }, ports.stopping);
    },
  };
}

/** How instances are found and located. */
interface Finding {
  readonly get: (processId: string) => Promise<InstanceRecord | undefined>;
  readonly find: (filter: ProcessFilter, after: Place | undefined, limit: number) => Promise<readonly InstanceRecord[]>;
  readonly locate: (processId: string, what: string) => Promise<MailboxKey>;
}

function createVerbPorts({ ingress, definitions, now }: ProcessesPorts, { get, find, locate }: Finding): InstanceVerbPorts {
  const findAll = async (filter: ProcessFilter): Promise<readonly InstanceRecord[]> => {
    const all: InstanceRecord[] = [];
    for (let after: Place | undefined; ;) {
      const page = await find(filter, after, ROWS_IN_PAGE);
      all.push(...page);
      const last = page.length < ROWS_IN_PAGE ? undefined : page.at(-1);
      if (last === undefined) return all;
      after = placeOf(last);
    }
  };
  return {
    get,
    listOpen: async (filter) => {
      checkInstanceFilter(filter, definitions);
      const statuses = openStatuses.filter((status) => filter.status === undefined || filter.status === status);
      const found = await Promise.all(statuses.map((status) => findAll({ ...filter, status })));
      return found
        .flat()
        .filter(({ endedAt }) => endedAt === null)
        .toSorted((one, other) => one.startedAt - other.startedAt);
    },
    intervene: async (intervention) => {
      const key = await locate(intervention.processId, `processes.${intervention.kind.replace(/-.*/, "")}`);
      // A new key for each call: what has been done already is refused, and a lost answer is asked for again.
      await ingress.change(key, intervention, systemIds.next());
    },
    clock: { now },
  };
}

async function findInRows(
  rows: Rows,
  filter: ProcessFilter,
  definitions: Definitions,
  { after, limit }: { readonly after: Place | undefined; readonly limit: number },
): Promise<readonly InstanceRecord[]> {
  const { process, aggregateId, status, outcome } = filter;
  const known = { process, aggregateId, status, outcome, and: narrow(filter) };
  if (!isPartlyKnown(filter)) return rows.instances(known, after, limit);
  const found: InstanceRecord[] = [];
  for (let place = after; ;) {
    const page = await rows.instances(known, place, ROWS_IN_PAGE);
    found.push(...page.filter((record) => matchesInstance(record, filter, definitions)));
    const last = page.length < ROWS_IN_PAGE ? undefined : page.at(-1);
    if (found.length >= limit || last === undefined) return found.slice(0, limit);
    place = placeOf(last);
  }
}

// Each page of a scan costs as much as the whole.
const ROWS_IN_PAGE = 1_000;

function placeOf({ startedAt, processId }: InstanceRecord): Place {
  return [startedAt, processId];
}

function isBehind({ startedAt, processId }: InstanceRecord, place: Place | undefined): boolean {
  return place === undefined || startedAt < place[0] || (startedAt === place[0] && processId < place[1]);
}

async function readJournal(
  { ingress, rows, definitions }: ProcessesPorts,
  key: MailboxKey,
  processId: string,
): Promise<readonly JournalRecord[]> {
  if (!definitions.has(key.process)) return rows("processes.history").journal(key, processId);
  const { instances, journal = [] } = await ingress.read(key, { processId });
  if (!instances.some((each) => each.processId === processId)) throw refuseUnknownInstance(processId);
  return journal;
}

// The pause before the second look, and the longest between two.
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;

async function waitFor(
  findNewest: (filter: ProcessFilter) => Promise<ProcessInstance | undefined>,
  filter: ProcessFilter,
  until: { readonly status: Status | undefined; readonly timeout: string | number },
  stopping: Stopping,
): Promise<ProcessInstance> {
  const endsAt = steadyClock.now() + parseDuration(until.timeout, "waitFor: timeout");
  const wanted = until.status === undefined ? filter : { ...filter, status: until.status };
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    stopping.refuseStopped("waitFor");
    const found = await findNewest(wanted);
    if (found !== undefined) return found;
    const leftMs = endsAt - steadyClock.now();
    if (leftMs <= 0) throw refuseWait(filter, until, await findNewest(filter));
    await stopping.pause(Math.min(pauseMs, leftMs));
  }
}
