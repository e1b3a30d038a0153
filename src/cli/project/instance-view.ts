import type { ProcessInstance, Suspension } from "../../definition/model/instance.ts";
import { describeState } from "../../machine/state-paths.ts";
import type { DeadLetter } from "../../record/dead-letter.ts";
import type { Timer } from "../../record/timer.ts";
import { stringifyExactly } from "../../platform/json.ts";
import { systemClock } from "../../platform/clock.ts";
import type { JournalEntry } from "../../record/journal-entry.ts";
import type { WaitingEvent } from "../../record/waiting-event.ts";
import type { Desk } from "./desk.ts";
import { payloadTitles, payloadToRow, readPayloads, type ShownPayload } from "./payloads.ts";
import { formatMoment, formatMomentFrom } from "../terminal/moment.ts";
import { styleStatus } from "../terminal/styles.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { styled, type Text } from "../terminal/text.ts";
import { describeError, formatTimeline } from "../terminal/timeline.ts";

/** One instance with everything that is known of it. */
export interface InstanceView {
  readonly instance: ProcessInstance;
  readonly timers: readonly Timer[];
  /** Open ones. */
  readonly deadLetters: readonly DeadLetter[];
  /** The first thousand events that wait behind a dead letter or a suspension, in order. */
  readonly parked: readonly WaitingEvent[];
  readonly journal: readonly JournalEntry[];
  /** If they were asked for. */
  readonly payloads?: readonly ShownPayload[];
}

// Further lines begin below the kind, which follows the moment.
const FACTS_HANG = "  2026-03-01 09:30:00.000Z  ".length;

export async function readInstanceView(
  instance: ProcessInstance,
  desk: Desk,
  wants: { readonly payloads: boolean },
): Promise<InstanceView> {
  const { timers, deadLetters, processes } = desk;
  const { processId, status, endedAt, suspended } = instance;
  const isHeld = endedAt === undefined && (status === "failed" || suspended !== undefined);
  const parked = isHeld ? await desk.waiting(instance) : [];
  const journal = await processes.history(processId);
  return {
    instance,
    timers: await timers.list({ processId }),
    deadLetters: [...(await deadLetters.list({ processId }))],
    parked,
    journal,
    ...(wants.payloads && { payloads: await readPayloads(instance, journal, parked, desk) }),
  };
}

export function printInstance({ instance, timers, deadLetters, parked, journal, payloads = [] }: InstanceView, terminal: Terminal): void {
  const now = systemClock.now();
  terminal.print(styled("bold", `${instance.process} ${instance.aggregateId}`));
  printFacts(instance, now, terminal);
  const table = (heading: string, titles: readonly string[], rows: readonly (readonly Text[])[]) => {
    if (rows.length === 0) return;
    printHeading(heading, terminal);
    terminal.printTable(
      titles.map((title) => ({ title, gives: title === "ERROR" })),
      rows,
      "  ",
    );
  };
  table(
    "Context",
    ["KEY", "VALUE"],
    Object.entries(instance.context ?? {}).map(([key, value]) => [key, stringifyExactly(value)]),
  );
  table(
    "Timers",
    ["KIND", "DUE", titleOfWhat(timers)],
    timers.map(({ kind, dueAt, command, name }) => [kind, formatMomentFrom(dueAt, now), command ?? name ?? ""]),
  );
  table(
    "Dead letters",
    ["ID", "HANDLER", "ERROR"],
    deadLetters.map(({ id, handler, error }) => [id, handler, describeError(error)]),
  );
  table(
    "Parked",
    ["EVENT", "ACCEPTED", "EVENT ID"],
    parked.map(({ type, acceptedAt, eventId }) => [type, formatMoment(acceptedAt), eventId]),
  );
  printHeading("Journal", terminal);
  for (const { moment, kind, facts } of formatTimeline(journal)) terminal.printWrapped(["  ", moment, "  ", kind, "  "], facts, FACTS_HANG);
  table("Payloads", payloadTitles, payloads.map(payloadToRow));
}

/** The title of the column that says what is due: a command, or a timer of an own chart such as `active.paused after 90d`. */
export function titleOfWhat(timers: readonly Timer[]): string {
  return timers.some(({ name }) => name !== undefined) ? "COMMAND OR TIMER" : "COMMAND";
}

function printHeading(heading: string, terminal: Terminal): void {
  terminal.print();
  terminal.print(styled("bold", heading));
}

function printFacts(instance: ProcessInstance, now: number, terminal: Terminal): void {
  const { processId, status, state, startedAt, updatedAt, endedAt, dueAt, outcome, suspended } = instance;
  const until = [...(status === "failed" ? ["its dead letter is settled"] : []), ...(suspended === undefined ? [] : ["it is resumed"])];
  const held = until.length === 0 ? "" : `, held until ${until.join(" and ")}`;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["state", state === undefined ? undefined : describeState(state)],
    ["outcome", outcome],
    ["suspended", suspended && describeSuspension(suspended, now)],
    ["process id", processId],
    ["started", formatMomentFrom(startedAt, now)],
    ["updated", formatMomentFrom(updatedAt, now)],
    ["ended", endedAt && formatMomentFrom(endedAt, now)],
    ["times out", dueAt && formatMomentFrom(dueAt, now) + held],
  ];
  terminal.print(leadFact("status"), styleStatus(status));
  for (const [name, value] of facts) if (value !== undefined) terminal.printWrapped([leadFact(name)], value, leadFact("").length);
}

function describeSuspension({ at, by, reason }: Suspension, now: number): string {
  const asked = by === undefined ? "" : `  asked by ${by}`;
  return `${formatMomentFrom(at, now)}${asked}${reason === undefined ? "" : `  because: ${reason}`}`;
}

function leadFact(name: string): string {
  return `  ${name.padEnd("process id".length)}  `;
}
