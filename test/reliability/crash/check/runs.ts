import type { Check } from "./check.ts";
import { hasDied, isAttempt } from "./evidence-index.ts";
import type { CommandRun, HandlerRun, JournalRow } from "./evidence.ts";
import { groupBy, isAscending, splitAfter } from "./lists.ts";

/** No handler of an instance begins while another of it runs in the same OS process. */
export function checkOneAtATime({ evidence, expect }: Pick<Check, "evidence" | "expect">): void {
  const running = new Map<string, string>();
  const instanceByKey = new Map<string, string>();
  for (const line of evidence.ledger) {
    if (line.what === "end") {
      if (line.of === "handler") running.delete(`${line.life} ${instanceByKey.get(line.key)}`);
      continue;
    }
    if (line.what !== "handler") continue;
    const instance = `${line.life} ${line.processId}`;
    const other = running.get(instance);
    expect(other === undefined, () => `${line.eventId} began while ${other} ran, in ${line.process} of ${line.aggregateId}`);
    running.set(instance, line.eventId);
    instanceByKey.set(line.key, line.processId);
  }
}

/** Attempts are counted without a gap and without a double, in the journal as in the letters. */
export function checkAttempts({ index, expect, options }: Check): void {
  for (const [step, rows] of [...index.rowsByStep, ...index.rowsByCommand]) {
    let attempt = 0;
    for (const { kind, facts } of rows.filter(isAttempt)) {
      attempt += 1;
      expect(facts.attempt === attempt, () => `${step}: ${kind} has attempt ${facts.attempt}, and is number ${attempt}`);
      if (facts.deadLetterId !== undefined) attempt = 0;
      expect(facts.attempt! <= options.maxRetries + 1, () => `${step}: attempt ${facts.attempt} is one too many`);
    }
  }
}

/** A handler runs again only after a crash, with the same key, and never after its commit. */
export function checkHandlerRuns({ evidence, index, expect }: Check): void {
  for (const [step, runs] of index.runsByStep) {
    const rows = index.rowsByStep.get(step) ?? [];
    checkRuns(step, runs, rows, index.retriesByStep.get(step) ?? 0, index.dropped.has(step), expect);
    expect(evidence.events.has(runs[0]!.eventId), () => `${step} ran, and its event is not stored`);
  }
  for (const [step, rows] of index.rowsByStep) {
    const attempts = rows.filter((row) => row.facts.handler !== undefined && row.facts.attempt !== undefined && !hasDied(row));
    const runs = index.runsByStep.get(step) ?? [];
    expect(
      attempts.length === 0 || runs.length >= attempts.length,
      () => `${step} has ${attempts.length} committed attempts and ran ${runs.length} times`,
    );
  }
}

/** What ran of one step or command is what the journal tells of. `retries`: how often an operator has brought the step back. */
export function checkRuns(
  name: string,
  runs: readonly (HandlerRun | CommandRun)[],
  rows: readonly JournalRow[],
  retries: number,
  isDropped: boolean,
  expect: Check["expect"],
): void {
  const keys = [...groupBy(runs, ({ key }) => key).values()];
  for (const [attempt, same] of groupBy(runs, ({ key, attempt, life }) => `${key} ${attempt} in life ${life}`)) {
    expect(same.length === 1, () => `${name} ran ${same.length} times as ${attempt}`);
  }
  const attempts = rows.filter(isAttempt);
  const generations = splitAfter(attempts, ({ facts }) => facts.deadLetterId !== undefined);
  // A worker can have died in each attempt of a letter after its mark, and before its first line: such a generation has no key.
  const silent = generations.filter((ofLetter, index) => isSilent(ofLetter, runs, generations[index - 1]?.at(-1)?.at));
  expect(
    keys.length === retries + 1 - silent.length,
    () => `${name} ran with ${keys.length} idempotency keys, and was retried by the operator ${retries} times`,
  );
  const spoken = generations.filter((ofLetter) => !silent.includes(ofLetter));
  for (const [index, ofKey] of keys.entries()) {
    for (const row of spoken[index] ?? []) {
      const last = ofKey.filter(({ attempt }) => attempt === row.facts.attempt).at(-1);
      // Its worker can have died after the mark of the attempt, and before its first line.
      expect(last !== undefined || hasDied(row), () => `${name}: ${row.kind} in attempt ${row.facts.attempt}, which never ran`);
      expect(
        last === undefined || last.at <= row.at,
        () => `${name}: attempt ${row.facts.attempt} ran again ${(last?.at ?? 0) - row.at} ms after its commit`,
      );
    }
    // A kill can have cut off the last attempt of what an operator dropped before there was another.
    const cutOff = isDropped && index === keys.length - 1 ? 1 : 0;
    const committed = (spoken[index]?.length ?? 0) + cutOff;
    const latest = Math.max(...ofKey.map(({ attempt }) => attempt));
    expect(latest <= committed, () => `${name}: attempt ${latest} ran, and ${committed} were committed`);
    expect(
      isAscending(
        ofKey.map(({ attempt }) => attempt),
        "loosely",
      ),
      () => `${name}: its attempts went back`,
    );
  }
}

/** Whether the attempts of a letter were all deaths, and none of them wrote a line while the letter's attempts went on. */
function isSilent(ofLetter: readonly JournalRow[], runs: readonly (HandlerRun | CommandRun)[], begin = 0): boolean {
  const end = ofLetter.at(-1)!.at;
  return ofLetter.every(hasDied) && !runs.some(({ at }) => at > begin && at <= end);
}
