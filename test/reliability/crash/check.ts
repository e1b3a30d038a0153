import { isDeepStrictEqual } from "node:util";
import { foldContext } from "../../support/fold-context.ts";
import { type CommandRun, type Evidence, type HandlerRun, type InstanceRow, type JournalRow, readEvidence } from "./evidence.ts";
import type { Behaviour, Plan, PlannedCommand } from "./plan.ts";

/** What a run came to. */
export interface Counts {
  readonly events: number;
  readonly commands: number;
  /** Delayed commands, timeouts and retries that fired. */
  readonly timers: number;
  readonly deadLetters: number;
  /** Runs of handlers and command handlers, and those of them that a crash made necessary. */
  readonly runs: number;
  readonly repeatedRuns: number;
}

export interface CheckOptions {
  readonly maxRetries: number;
  readonly watchTimeoutMs: number;
}

/**
 * Compares what a finished run left behind with its plan. It shares no code with the library: it knows the tables and the
 * ledger, and what the guarantees say.
 */
export function checkRun(
  plan: Plan,
  folder: string,
  options: CheckOptions,
): { readonly violations: readonly string[]; readonly counts: Counts } {
  const evidence = readEvidence(folder);
  const violations: string[] = [];
  const expect = (holds: boolean, violation: () => string) => {
    if (!holds) violations.push(violation());
  };
  const context: Context = { plan, evidence, options, expect, index: createIndex(evidence) };
  checkLeftovers(context);
  checkAcceptance(context);
  checkSteps(context);
  checkOrder(context);
  checkAttempts(context);
  checkHandlerRuns(context);
  checkCommands(context);
  checkAnswers(context);
  checkTimeouts(context);
  checkLetters(context);
  checkContexts(context);
  return { violations, counts: countAll(context) };
}

interface Context {
  readonly plan: Plan;
  readonly evidence: Evidence;
  readonly options: CheckOptions;
  readonly expect: (holds: boolean, violation: () => string) => void;
  readonly index: Index;
}

type Index = ReturnType<typeof createIndex>;

const isOwn = (type: string) => /(?:TimedOut|Failed)$/.test(type);
const isFirstAttemptForGood = ({ kind, facts }: JournalRow) => kind === "failed" && facts.event !== undefined && facts.attempt === 1;
const hasDied = ({ facts }: JournalRow) => facts.error?.code === "WORKER_DIED";
const isDone = ({ kind }: JournalRow) => kind === "handled" || kind === "completed";

/** Which processes a planned event goes to. */
function routesOf(type: string): readonly string[] {
  if (type.startsWith("Watch")) return ["deadline/watch"];
  return type === "JobAnswered" ? ["job/run"] : ["job/run", "job/audit"];
}

function createIndex({ journal, instances, letters, ledger }: Evidence) {
  const processOf = (processId: string) => instances.get(processId)?.process ?? "?";
  const stepKey = (process: string, eventId: string) => `${process} ${eventId}`;
  const rowsByStep = groupBy(
    journal.filter(({ facts }) => facts.event !== undefined),
    (row) => stepKey(processOf(row.processId), row.facts.event!.eventId),
  );
  const rowsByCommand = groupBy(
    journal.filter(({ facts, kind }) => facts.command !== undefined && kind.startsWith("command_")),
    ({ facts }) => facts.command!.commandId,
  );
  const rowsByInstance = groupBy(journal, ({ processId }) => processId);
  const settled = new Map(
    journal.filter(({ kind }) => kind === "resumed" || kind === "discarded").map((row) => [row.facts.deadLetterId!, row]),
  );
  const dropped = new Set(
    journal.flatMap(({ facts, processId }) => (facts.dropped ?? []).map(({ id }) => stepKey(processOf(processId), id))),
  );
  const droppedCommands = new Set(journal.flatMap(({ facts }) => (facts.dropped ?? []).map(({ id }) => id)));
  const discardedSteps = new Set<string>();
  const discardedCommands = new Set<string>();
  const retriesByStep = new Map<string, number>();
  for (const { kind, subject, status, process } of letters) {
    const { eventId, commandId } = JSON.parse(subject) as { readonly eventId?: string; readonly commandId?: string };
    const id = kind === "command" ? commandId! : stepKey(process, eventId!);
    if (status === "retried") retriesByStep.set(id, (retriesByStep.get(id) ?? 0) + 1);
    if (status === "discarded") (kind === "command" ? discardedCommands : discardedSteps).add(id);
  }
  const handlerRuns = ledger.filter((line) => line.what === "handler");
  const commandRuns = ledger.filter((line) => line.what === "command");
  return {
    processOf,
    stepKey,
    rowsByStep,
    rowsByCommand,
    rowsByInstance,
    settled,
    dropped,
    droppedCommands,
    discardedSteps,
    discardedCommands,
    retriesByStep,
    handlerRuns,
    commandRuns,
    runsByStep: groupBy(handlerRuns, (run) => stepKey(run.process, run.eventId)),
    runsByCommand: groupBy(commandRuns, ({ commandId }) => commandId),
  };
}

/** The file is sound, and holds nothing that was still to be done (P7). */
function checkLeftovers({ plan, evidence, expect }: Context): void {
  const { integrity, left, instances, accepted, events } = evidence;
  expect(integrity === "ok", () => `the file is damaged: ${integrity}`);
  expect(left.mailbox === 0, () => `${left.mailbox} mailbox entries are left`);
  expect(left.commands === 0, () => `${left.commands} commands are left`);
  expect(left.suspects === 0, () => `${left.suspects} suspects are left`);
  expect(left.requests === 0, () => `${left.requests} requests are left`);
  for (const { processId, aggregateId, process, status, endedAt, dueAt } of instances.values()) {
    const name = `${process} of ${aggregateId}`;
    expect(endedAt === null || dueAt === null, () => `${name} has ended and holds a timer`);
    expect(endedAt !== null || status === "started", () => `${name} is left ${status}`);
    const { fate } = plan.instances[aggregateId]!;
    expect(fate === "stays" || endedAt !== null || fate === "breaks", () => `${name} (${fate}, ${processId}) has not ended`);
  }
  const dispatched = [...events.values()].filter(({ type }) => !isOwn(type)).length;
  expect(accepted === dispatched, () => `${accepted} events are counted as accepted, ${dispatched} are stored`);
}

/** What was acknowledged is there, and was accepted once (P1, P4). */
function checkAcceptance({ plan, evidence, expect }: Context): void {
  const { acks, events } = evidence;
  const acksByEvent = groupBy(acks, ({ eventId }) => eventId);
  for (const { eventId, payload, type, aggregateId } of plan.events) {
    const outcomes = (acksByEvent.get(eventId) ?? []).map(({ outcome }) => outcome);
    const row = events.get(eventId);
    expect(outcomes.length > 0, () => `${eventId} was never acknowledged`);
    expect(row !== undefined, () => `${eventId} was acknowledged (${outcomes.join()}) and is not stored`);
    if (row !== undefined) {
      expect(
        row.type === type && row.aggregateId === aggregateId && row.payload === JSON.stringify(payload),
        () => `${eventId} is not stored as it was dispatched`,
      );
    }
    expect(
      outcomes.filter((outcome) => outcome === "accepted").length <= 1,
      () => `${eventId} was accepted more than once: ${outcomes.join()}`,
    );
    expect(
      outcomes.every((outcome) => outcome !== "unrouted"),
      () => `${eventId} was not routed: ${outcomes.join()}`,
    );
  }
}

/**
 * An instance remembers what the journal's changes add up to, and that is each of its committed steps, once and in order. The index finds it
 * by just that (P2).
 */
function checkContexts({ evidence, index, expect }: Context): void {
  const indexed = groupBy(evidence.indexed, ({ processId }) => processId ?? "nobody");
  expect(!indexed.has("nobody"), () => `${indexed.get("nobody")?.length} rows of the index are of no instance`);
  for (const { processId, process, context, outcome, status } of evidence.instances.values()) {
    const rows = index.rowsByInstance.get(processId) ?? [];
    const folded = foldContext(rows.map(({ facts }) => facts));
    const remembers = context === null ? undefined : (JSON.parse(context) as { readonly seen: readonly string[]; readonly last: string });
    const name = `${process} of ${processId}`;
    expect(
      isDeepStrictEqual(folded, remembers),
      () => `${name} remembers ${context}, and its journal adds up to ${JSON.stringify(folded)}`,
    );
    expect((remembers === undefined) === (process === "job/audit"), () => `${name} remembers ${context}`);
    expect(
      outcome === (process === "job/run" && status === "completed" ? "finished" : null),
      () => `${name} is ${status} with the outcome ${outcome}`,
    );
    const values = (indexed.get(processId) ?? []).map(({ key, value }) => `${key} ${value}`).join();
    const wanted = remembers === undefined ? "" : `last ${JSON.stringify(remembers.last)}`;
    expect(values === wanted, () => `${name} is found by ${values}, and not by ${wanted}`);
    if (remembers === undefined) continue;
    const steps = rows.filter((row) => isDone(row) && row.facts.handler !== undefined).map(({ facts }) => facts.event!.eventId);
    expect(remembers.seen.join() === steps.join(), () => `${name} has seen ${remembers.seen.join()}, and its steps are ${steps.join()}`);
  }
}

/** Every stored event had one committed step in each process it concerns, or was discarded there by the operator. */
function checkSteps({ plan, evidence, index, expect }: Context): void {
  for (const { eventId, type, aggregateId, position } of evidence.events.values()) {
    if (isOwn(type)) continue;
    for (const process of routesOf(type)) {
      const step = index.stepKey(process, eventId);
      const done = (index.rowsByStep.get(step) ?? []).filter(isDone).length;
      const isDiscarded = index.discardedSteps.has(step);
      const isDropped = index.dropped.has(step);
      const isLate = type === "JobAnswered" && isAfterEnd(evidence, process, aggregateId, position);
      const outcomes = done + Number(isDiscarded) + Number(isDropped);
      expect(
        outcomes === 1 || (outcomes === 0 && isLate),
        () => `${step} (${plan.instances[aggregateId]!.fate}) was handled ${done} times, discarded ${isDiscarded}, dropped ${isDropped}`,
      );
    }
  }
}

/** Whether an event was accepted behind the one that completed its instance, or after a discarded letter had ended it. */
function isAfterEnd({ journal, instances, events }: Evidence, process: string, aggregateId: string, position: number): boolean {
  return [...instances.values()].some((instance) => {
    if (instance.process !== process || instance.aggregateId !== aggregateId || instance.endedAt === null) return false;
    if (instance.status === "failed") return true;
    const completed = journal.find(({ processId, kind }) => processId === instance.processId && kind === "completed");
    return completed !== undefined && events.get(completed.facts.event!.eventId)!.position < position;
  });
}

/** Committed steps of an instance, and the runs of its handlers, follow the order of acceptance (P3, P6). */
function checkOrder({ plan, evidence, index, expect }: Context): void {
  const positionOf = (eventId: string) => evidence.events.get(eventId)?.position ?? Number.NaN;
  for (const [aggregateId, events] of groupBy(plan.events, (event) => event.aggregateId)) {
    const positions = events.map(({ eventId }) => positionOf(eventId));
    expect(isAscending(positions, "strictly"), () => `events of ${aggregateId} were accepted out of order: ${positions.join()}`);
  }
  for (const [processId, rows] of index.rowsByInstance) {
    const steps = rows.filter((row) => isDone(row) && !isOwn(row.facts.event!.type));
    const positions = steps.map(({ facts }) => positionOf(facts.event!.eventId));
    expect(isAscending(positions, "strictly"), () => `steps of ${processId} were committed out of order: ${positions.join()}`);
  }
  for (const [instance, runs] of groupBy(
    index.handlerRuns.filter(({ type }) => !isOwn(type)),
    ({ processId }) => processId,
  )) {
    const positions = runs.map(({ eventId }) => positionOf(eventId));
    expect(
      isAscending(positions, "loosely"),
      () => `handlers of ${instance} ran out of order: ${runs.map(({ eventId }) => eventId).join()}`,
    );
  }
  checkOneAtATime({ evidence, expect });
}

/** No handler of an instance begins while another of it runs in the same OS process. */
function checkOneAtATime({ evidence, expect }: Pick<Context, "evidence" | "expect">): void {
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
function checkAttempts({ plan, index, expect, options }: Context): void {
  for (const [step, rows] of [...index.rowsByStep, ...index.rowsByCommand]) {
    let attempt = 0;
    for (const { kind, facts } of rows) {
      if (facts.attempt === undefined) continue;
      attempt += 1;
      expect(facts.attempt === attempt, () => `${step}: ${kind} has attempt ${facts.attempt}, and is number ${attempt}`);
      if (facts.deadLetterId !== undefined) attempt = 0;
      expect(facts.attempt <= options.maxRetries + 1, () => `${step}: attempt ${facts.attempt} is one too many`);
    }
  }
  for (const { eventId, type, payload } of plan.events) {
    if (type === "WatchStarted" || type === "WatchEnded") continue;
    const step = index.stepKey("job/run", eventId);
    const isMended = (index.retriesByStep.get(step) ?? 0) > 0;
    const done = index.rowsByStep.get(step)?.find(isDone);
    if (done === undefined || isMended) continue;
    const deaths = index.rowsByStep
      .get(step)!
      .filter(hasDied)
      .map(({ facts }) => facts.attempt!);
    // A worker that was killed while it ran alone has cost it an attempt, be it one that would have failed.
    let wanted = 1;
    while (wanted <= payload.throws || deaths.includes(wanted)) wanted += 1;
    expect(done.facts.attempt === wanted, () => `${step} was handled in attempt ${done.facts.attempt}, and not in ${wanted}`);
  }
}

/** A handler runs again only after a crash, with the same key, and never after its commit. */
function checkHandlerRuns({ evidence, index, expect }: Context): void {
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

function checkRuns(
  name: string,
  runs: readonly (HandlerRun | CommandRun)[],
  rows: readonly JournalRow[],
  retries: number,
  isDropped: boolean,
  expect: Context["expect"],
): void {
  const keys = [...groupBy(runs, ({ key }) => key).values()];
  for (const [attempt, same] of groupBy(runs, ({ key, attempt, life }) => `${key} ${attempt} in life ${life}`)) {
    expect(same.length === 1, () => `${name} ran ${same.length} times as ${attempt}`);
  }
  const attempts = rows.filter(({ facts }) => facts.attempt !== undefined);
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

/** Commands are those of the steps that were committed: each stored once, executed in order, and not before its time. */
function checkCommands({ plan, evidence, index, expect }: Context): void {
  const seen = new Set<string>();
  const tagById = new Map(index.commandRuns.map(({ commandId, tag }) => [commandId, tag]));
  for (const row of evidence.journal) {
    if (!isDone(row)) continue;
    const event = evidence.events.get(row.facts.event!.eventId)!;
    const process = index.processOf(row.processId);
    const planned = process === "job/audit" ? [] : behaviourOf(plan, event.type, event.aggregateId, event.payload).says;
    const stored = row.facts.commands ?? [];
    expect(
      stored.length === planned.length,
      () => `${event.eventId} in ${process} dispatched ${stored.length} commands instead of ${planned.length}`,
    );
    for (const [place, { commandId, dueAt }] of stored.entries()) {
      const command = planned[place];
      if (command === undefined) continue;
      expect(!seen.has(commandId), () => `command ${commandId} was stored twice`);
      seen.add(commandId);
      checkCommand({ index, expect }, commandId, command, dueAt);
      if (command.delayMs !== null) {
        expect(
          dueAt === event.occurredAt + command.delayMs,
          () => `command ${commandId} is due ${dueAt - event.occurredAt} ms after its event, and not ${command.delayMs}`,
        );
      }
      const tag = tagById.get(commandId);
      expect(tag === undefined || tag === command.payload.tag, () => `command ${commandId} ran with the payload of another: ${tag}`);
    }
  }
  for (const commandId of index.runsByCommand.keys())
    expect(seen.has(commandId), () => `command ${commandId} ran, and no committed step dispatched it`);
  checkCommandOrder({ plan, evidence, index, expect });
}

function checkCommand(
  { index, expect }: Pick<Context, "index" | "expect">,
  commandId: string,
  { payload }: PlannedCommand,
  dueAt: number,
): void {
  const rows = index.rowsByCommand.get(commandId) ?? [];
  const runs = index.runsByCommand.get(commandId) ?? [];
  const name = `command ${payload.tag} (${commandId})`;
  const done = rows.filter(({ kind }) => kind === "command_handled").length;
  const isDiscarded = index.discardedCommands.has(commandId);
  const isDropped = index.droppedCommands.has(commandId);
  expect(
    done + Number(isDiscarded) + Number(isDropped) === 1,
    () => `${name} was settled ${done} times, discarded ${isDiscarded}, dropped ${isDropped}`,
  );
  expect(done === 0 || runs.length > 0, () => `${name} was never executed`);
  if (runs.length === 0) return;
  expect(runs[0]!.key === commandId, () => `${name} ran first with the key ${runs[0]!.key}`);
  for (const run of runs) expect(run.at >= dueAt && run.dueAt === dueAt, () => `${name} ran ${dueAt - run.at} ms early`);
  checkRuns(name, runs, rows, index.retriesByStep.get(commandId) ?? 0, isDropped, expect);
}

/**
 * Immediate commands of one instance's event handlers are settled in the order in which they were dispatched, unless their events had
 * occurred in another. One that fails when its instance has ended holds nothing back, and comes later if the operator retries it.
 */
function checkCommandOrder({ evidence, index, expect }: Pick<Context, "plan" | "evidence" | "index" | "expect">): void {
  const late = new Set(
    evidence.letters
      .filter(({ kind, blocks }) => kind === "command" && blocks === 0)
      .map(({ subject }) => (JSON.parse(subject) as { readonly commandId: string }).commandId),
  );
  for (const [processId, rows] of index.rowsByInstance) {
    const places = new Map<string, { readonly place: number; readonly dueAt: number }>();
    for (const row of rows.filter(isDone)) {
      const { type, eventId } = row.facts.event!;
      if (isOwn(type)) continue;
      for (const { commandId, type, dueAt } of row.facts.commands ?? []) {
        if (type === "charge" && !late.has(commandId)) places.set(commandId, { place: places.size, dueAt });
      }
      expect(evidence.events.has(eventId), () => `${eventId} was handled, and is not stored`);
    }
    const order = rows.filter(({ kind }) => kind === "command_handled").flatMap(({ facts }) => places.get(facts.command!.commandId) ?? []);
    const isInOrder = order.every(({ place, dueAt }, at) => at === 0 || place > order[at - 1]!.place || dueAt > order[at - 1]!.dueAt);
    expect(isInOrder, () => `commands of ${processId} were settled out of order: ${order.map(({ place }) => place).join()}`);
  }
}

/** A command handler's events were accepted with the command's settlement, or concerned nobody any more. */
function checkAnswers({ plan, evidence, index, expect }: Context): void {
  const answersByTag = new Map(plannedCommands(plan).map(({ payload }) => [payload.tag, payload.answers.length]));
  const named = new Set<string>();
  for (const { kind, facts, processId } of evidence.journal) {
    if (kind !== "command_handled") continue;
    const tag = index.runsByCommand.get(facts.command!.commandId)?.[0]?.tag ?? "";
    const returned = facts.events ?? [];
    expect(
      returned.length === answersByTag.get(tag),
      () => `command ${tag} returned ${returned.length} events instead of ${answersByTag.get(tag)}`,
    );
    for (const { eventId } of returned) {
      named.add(eventId);
      const { process, aggregateId } = evidence.instances.get(processId)!;
      const isLate = process !== "job/run" || isAfterEnd(evidence, "job/run", aggregateId, Number.POSITIVE_INFINITY);
      expect(evidence.events.has(eventId) || isLate, () => `command ${tag} returned ${eventId}, which is not stored`);
    }
  }
  for (const { eventId, type } of evidence.events.values()) {
    expect(type !== "JobAnswered" || named.has(eventId), () => `${eventId} is stored, and no settled command returned it`);
  }
}

/** A timeout fires once, not early, and not where the end came in time (P5). */
function checkTimeouts({ plan, evidence, index, options, expect }: Context): void {
  const instances = groupBy([...evidence.instances.values()], ({ process, aggregateId }) => `${process} ${aggregateId}`);
  for (const { aggregateId, fate, settlement } of Object.values(plan.instances)) {
    const isWatch = fate === "times-out" || fate === "ends-in-time";
    for (const process of isWatch ? ["deadline/watch"] : ["job/run", "job/audit"]) {
      const [instance, ...others] = instances.get(`${process} ${aggregateId}`) ?? [];
      expect(
        instance !== undefined && others.length === 0,
        () => `${process} of ${aggregateId} has ${others.length + (instance === undefined ? 0 : 1)} instances`,
      );
      if (instance === undefined) continue;
      const rows = index.rowsByInstance.get(instance.processId) ?? [];
      expect(rows.filter(({ kind }) => kind === "started").length === 1, () => `${process} of ${aggregateId} was started more than once`);
      const isDiscarded = settlement === "discard" && process === "job/run";
      const broke = evidence.letters.some(({ processId, kind }) => processId === instance.processId && kind === "event")
        ? "step"
        : "command";
      const wanted = expectedStatus(fate, isDiscarded ? broke : undefined);
      const hasDiedForGood = rows.some((row) => hasDied(row) && row.facts.deadLetterId !== undefined);
      // A letter of a death is retried once all is mended: then nothing of what was to break it is left to do so.
      const isMended = fate === "breaks" && instance.status === "completed" && hasDiedForGood;
      // What is drained behind such a letter has one attempt, so that a failure that was planned to be repeated is a letter at once.
      const isBrokenByDrain = isDiscarded && instance.status === "failed" && hasDiedForGood && rows.some(isFirstAttemptForGood);
      expect(
        wanted.includes(instance.status) || isMended || isBrokenByDrain,
        () => `${process} of ${aggregateId} (${fate}) is ${instance.status}`,
      );
      checkTimeout({ options, index, expect }, instance, rows, fate === "times-out");
    }
  }
}

function checkTimeout(
  { options, index, expect }: Pick<Context, "options" | "index" | "expect">,
  instance: InstanceRow,
  rows: readonly JournalRow[],
  times: boolean,
): void {
  const { aggregateId, processId, startedAt, process } = instance;
  const fired = rows.filter(({ kind }) => kind === "timed_out");
  expect(fired.length === (times ? 1 : 0), () => `${process} of ${aggregateId} timed out ${fired.length} times`);
  if (!times) return;
  const dueAt = startedAt + options.watchTimeoutMs;
  for (const { facts, at } of fired) expect(facts.dueAt === dueAt && at >= dueAt, () => `${aggregateId} timed out ${dueAt - at} ms early`);
  const runs = index.handlerRuns.filter((run) => run.processId === processId && run.type === "WatchTimedOut");
  expect(runs.length > 0, () => `the timed-out handler of ${aggregateId} never ran`);
  for (const run of runs) expect(run.at >= dueAt, () => `the timed-out handler of ${aggregateId} ran ${dueAt - run.at} ms early`);
  const eventIds = new Set(runs.map(({ eventId }) => eventId));
  expect(eventIds.size === 1, () => `${aggregateId} has ${eventIds.size} timed-out steps`);
  for (const eventId of eventIds) {
    const step = index.stepKey(process, eventId);
    const done = (index.rowsByStep.get(step) ?? []).filter(isDone).length;
    expect(done + Number(index.discardedSteps.has(step)) === 1, () => `the timed-out step of ${aggregateId} was handled ${done} times`);
  }
}

/** `discarded`: what broke and was given up by the operator. A command can break when its instance has completed. */
function expectedStatus(fate: string, discarded: "step" | "command" | undefined): readonly string[] {
  switch (fate) {
    case "stays":
      return ["started"];
    case "times-out":
      return ["timed_out"];
    case "breaks":
      return discarded === undefined ? ["completed"] : discarded === "step" ? ["failed"] : ["failed", "completed"];
    default:
      return ["completed"];
  }
}

/** Each failure for good has one dead letter, which is settled as planned, and is the same in the file of its own. */
function checkLetters({ plan, evidence, index, options, expect }: Context): void {
  const { letters, letterFile, journal } = evidence;
  const named = groupBy(
    journal.filter(({ kind }) => ["failed", "step_failed", "command_failed"].includes(kind)),
    ({ facts }) => facts.deadLetterId!,
  );
  const byId = new Map(letters.map((letter) => [letter.deadLetterId, letter]));
  for (const [id, rows] of named) {
    expect(byId.has(id), () => `${rows[0]!.kind} of ${rows[0]!.processId} has no dead letter`);
    const kinds = rows.map(({ kind }) => kind);
    expect(new Set(kinds).size === kinds.length, () => `dead letter ${id} was written twice: ${kinds.join()}`);
  }
  for (const { deadLetterId, status, aggregateId, attempts, code, kind, subject } of letters) {
    expect(named.has(deadLetterId), () => `dead letter ${deadLetterId} has no failure in the journal`);
    const isSuicidal = isSuicide(plan, aggregateId, kind, subject);
    const settlement = code === "WORKER_DIED" && !isSuicidal ? "retry" : plan.instances[aggregateId]!.settlement;
    expect(
      !isSuicidal || (code === "WORKER_DIED" && attempts === options.maxRetries + 1),
      () => `the suicidal ${subject} is a dead letter of ${attempts} attempts with ${code}`,
    );
    expect(
      status === (settlement === "retry" ? "retried" : "discarded"),
      () => `dead letter ${deadLetterId} is ${status}, and not ${settlement}`,
    );
    expect(attempts >= 1 && attempts <= options.maxRetries + 1, () => `dead letter ${deadLetterId} has ${attempts} attempts`);
    expect(
      journal.filter(({ kind, facts }) => kind === "resumed" && facts.deadLetterId === deadLetterId).length <= 1,
      () => `dead letter ${deadLetterId} was resumed twice`,
    );
    expect(
      status === "discarded" || index.settled.has(deadLetterId),
      () => `dead letter ${deadLetterId} is ${status}, and the journal does not tell`,
    );
  }
  if (letterFile === undefined) return;
  expect(letterFile.length === letters.length, () => `${letterFile.length} dead letters are in their file, ${letters.length} in the store`);
  for (const { deadLetterId, status } of letterFile) {
    expect(
      byId.get(deadLetterId)?.status === status,
      () => `dead letter ${deadLetterId} is ${status} in its file, ${byId.get(deadLetterId)?.status} in the store`,
    );
  }
}

function isSuicide({ instances }: Plan, aggregateId: string, kind: string, subject: string): boolean {
  const { onTimedOut, onFailed } = instances[aggregateId]!;
  const { payload } = JSON.parse(subject) as { readonly payload: string };
  const { breaks } = kind === "timed_out" ? onTimedOut : kind === "failed" ? onFailed : (JSON.parse(payload) as Behaviour);
  return breaks === "exits" || breaks === "aborts";
}

function countAll({ evidence, index }: Context): Counts {
  const retries = evidence.journal.filter(({ kind }) => kind === "attempt_failed" || kind === "command_attempt_failed").length;
  const timeouts = evidence.journal.filter(({ kind }) => kind === "timed_out").length;
  const delayed = [...index.rowsByCommand.values()].filter((rows) =>
    rows.some(({ facts, kind }) => kind === "command_handled" && facts.command!.type === "remind"),
  );
  const attempts = evidence.journal.filter(({ facts }) => facts.attempt !== undefined).length;
  const runs = index.handlerRuns.length + index.commandRuns.length;
  const distinct = new Set([...index.handlerRuns, ...index.commandRuns].map(({ what, key, attempt }) => `${what} ${key} ${attempt}`)).size;
  return {
    events: evidence.events.size,
    commands: index.rowsByCommand.size,
    timers: retries + timeouts + delayed.length,
    deadLetters: evidence.letters.length,
    runs,
    repeatedRuns: runs - Math.max(distinct, Math.min(attempts, distinct)),
  };
}

function behaviourOf(plan: Plan, type: string, aggregateId: string, payload: string): Pick<Behaviour, "says"> {
  const instance = plan.instances[aggregateId]!;
  if (type.endsWith("TimedOut")) return instance.onTimedOut;
  if (type.endsWith("Failed")) return instance.onFailed;
  return JSON.parse(payload) as Behaviour;
}

function plannedCommands(plan: Plan): readonly PlannedCommand[] {
  return [
    ...plan.events.map(({ payload }) => payload),
    ...Object.values(plan.instances).flatMap(({ onTimedOut, onFailed }) => [onTimedOut, onFailed]),
  ].flatMap(({ says }) => says);
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

function isAscending(numbers: readonly number[], how: "strictly" | "loosely"): boolean {
  return numbers.every(
    (number, index) => index === 0 || (how === "strictly" ? number > numbers[index - 1]! : number >= numbers[index - 1]!),
  );
}

function splitAfter<Item>(items: readonly Item[], isLast: (item: Item) => boolean): Item[][] {
  const parts: Item[][] = [[]];
  for (const item of items) {
    parts.at(-1)!.push(item);
    if (isLast(item)) parts.push([]);
  }
  return parts.filter((part) => part.length > 0);
}
