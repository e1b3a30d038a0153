import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JournalFacts } from "../../../src/record/journal-entry.ts";
import type { KeyView } from "../../../src/restate/wire/messages.ts";
import type { ExpectedKey } from "./plan.ts";

/** What was found wrong, counted, and how often something was repeated, which is allowed. */
export interface Findings {
  lost: number;
  storedTwice: number;
  outOfOrder: number;
  notEnded: number;
  /** Attempts that ran again, because the process in which they ran was killed. */
  repeated: number;
  /** One sentence for each thing that is wrong. */
  readonly wrong: string[];
}

export function createFindings(): Findings {
  return { lost: 0, storedTwice: 0, outOfOrder: 0, notEnded: 0, repeated: 0, wrong: [] };
}

/** Looks at what a key holds in the end. `view` has the journal of its only instance. */
export function auditKey(expected: ExpectedKey, view: KeyView, findings: Findings): void {
  const { process, aggregateId, events, status } = expected;
  const complain = (what: string) => void findings.wrong.push(`${process} ${aggregateId}: ${what}`);
  const [instance] = view.instances;
  if (view.instances.length !== 1 || (instance?.endedAt ?? null) === null || instance?.status !== status) {
    findings.notEnded += 1;
    complain(`is ${view.instances.map((each) => each.status).join(", ") || "not there"}, not ${status}`);
  }
  if (view.entries.length + view.commands.length > 0) complain("has work left");
  if (view.letters.some((letter) => letter.status === "open"))
    complain(`has an open letter: ${view.letters.map(({ error }) => error).join()}`);

  const records = (view.journal ?? []).map(({ kind, data }) => ({ kind, facts: JSON.parse(data) as JournalFacts }));
  const handled = records.filter(({ kind }) => kind === "handled" || kind === "completed").map(({ facts }) => facts.event!.eventId);
  const own = handled.filter((eventId) => events.some((event) => event.eventId === eventId));
  const wanted = events.map(({ eventId }) => eventId);
  const missing = wanted.filter((eventId) => !own.includes(eventId));
  findings.lost += missing.length;
  if (missing.length > 0) complain(`has never handled ${missing.join(", ")}`);
  const extra = own.length + missing.length - wanted.length + Math.max(0, view.counters.accepted - wanted.length);
  findings.storedTwice += extra;
  if (extra > 0) complain(`has handled ${own.join(", ")}, and accepted ${view.counters.accepted}`);
  const inOrder = wanted.filter((eventId) => own.includes(eventId));
  if (own.length === inOrder.length && own.join() !== inOrder.join()) {
    findings.outOfOrder += 1;
    complain(`has handled ${own.join(", ")} in this order`);
  }
  if (records.filter(({ kind }) => kind === "started").length !== 1) complain("has not begun once");
  const executed = records.filter(({ kind }) => kind === "command_handled").map(({ facts }) => facts.command!.type);
  if (executed.toSorted().join() !== expected.commands.toSorted().join()) complain(`has executed the commands ${executed.join(", ")}`);
}

/** A line of the ledger: a handler begins, or is through. */
interface Line {
  readonly what: "event" | "command";
  readonly process: string;
  readonly aggregateId: string;
  readonly type: string;
  readonly id: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly life: number;
  readonly has?: "ended";
}

function readLedger(folder: string): readonly Line[] {
  if (!existsSync(join(folder, "ledger.jsonl"))) return [];
  const lines = readFileSync(join(folder, "ledger.jsonl"), "utf8").split("\n");
  return lines.flatMap((line) => (line.endsWith("}") ? [JSON.parse(line) as Line] : []));
}

/** What a life has begun and not ended, by name. */
export function listUnfinished(folder: string, life: number): readonly string[] {
  const own = readLedger(folder).filter((line) => line.life === life);
  const ended = new Set(own.filter(({ has }) => has === "ended").map(nameRun));
  return own
    .filter(({ has }) => has === undefined)
    .map(nameRun)
    .filter((name) => !ended.has(name));
}

export function hasEnded(folder: string, life: number, name: string): boolean {
  return readLedger(folder).some((line) => line.life === life && line.has === "ended" && nameRun(line) === name);
}

function nameRun({ what, idempotencyKey, attempt }: Line): string {
  return `${what} ${idempotencyKey} ${attempt}`;
}

/** Looks at what the handlers have done: in order, and whatever was repeated under one idempotency key, which nothing else has. */
export function auditLedger(keys: readonly ExpectedKey[], folder: string, findings: Findings): void {
  const begun = readLedger(folder).filter(({ has }) => has === undefined);
  const owners = new Map<string, string>();
  const attempts = new Set<string>();
  const names = new Map<string, Set<string>>();
  for (const { what, process, aggregateId, type, id, attempt, idempotencyKey } of begun) {
    const owner = [what, process, aggregateId, type, what === "event" ? id : ""].join(" ");
    const other = owners.get(idempotencyKey) ?? owner;
    owners.set(idempotencyKey, owner);
    if (other !== owner) findings.wrong.push(`${owner} and ${other} have one idempotency key`);
    names.set(owner, (names.get(owner) ?? new Set()).add(idempotencyKey));
    const run = `${owner} ${attempt}`;
    if (attempts.has(run)) findings.repeated += 1;
    attempts.add(run);
  }
  for (const { process, aggregateId, events, fails } of keys) {
    for (const { eventId, type, payload } of events) {
      // Who has a dead letter tried again asks for something new.
      const wanted = fails && payload.throws === "until mended" ? 2 : 1;
      const found = names.get(["event", process, aggregateId, type, eventId].join(" "))?.size;
      if (found !== wanted) findings.wrong.push(`${process} ${aggregateId}: ${eventId} has ${found} idempotency keys`);
    }
    const ids = begun.filter((line) => line.what === "event" && line.process === process && line.aggregateId === aggregateId);
    const first = [...new Set(ids.map(({ id }) => id))].filter((id) => events.some(({ eventId }) => eventId === id));
    if (first.join() === events.map(({ eventId }) => eventId).join()) continue;
    findings.outOfOrder += 1;
    findings.wrong.push(`${process} ${aggregateId}: its handlers ran for ${first.join(", ")}`);
  }
}
