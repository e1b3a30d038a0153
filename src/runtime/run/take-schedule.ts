import { errorToText, ProcessError } from "../../errors.ts";
import type { Schedule } from "../../definition/model/schedule.ts";
import type { NewEvent } from "../../store/events.ts";
import type { ScheduleRecord } from "../../store/schedules.ts";
import { makeScheduledEvents } from "../check/scheduled-events.ts";
import { type Acceptance, acceptEvents, countAcceptances } from "../commit/accept.ts";
import { decideBegin, decideRemoved, decideTake, identifyScheduled, type Take } from "../decide/decide-schedule.ts";
import type { Engine } from "./kernel.ts";

/** Writes which schedules there are, by the worker's definitions. Call it inside a transaction. */
export function declareSchedules({ store, domain, clock }: Engine["kernel"]): void {
  const now = clock.now();
  for (const schedule of domain.schedules.values()) {
    store.schedules.put(decideBegin(schedule, store.schedules.get(schedule.schedule), now));
  }
  for (const known of store.schedules.list()) {
    if (!domain.schedules.has(known.schedule)) store.schedules.put(decideRemoved(known, now));
  }
}

/** What was written when moments were taken. */
interface Taken {
  readonly acceptances: readonly Acceptance[];
  readonly record: ScheduleRecord;
}

/**
 * Takes the moments of a schedule that have come: the acceptance of their events and the note that they are taken are one commit. Nothing
 * happens where none is due. `onTaken` is called after the commit, `isOver` says that the run has ended meanwhile.
 */
export async function takeSchedule(
  name: string,
  { kernel, memory, committer }: Engine,
  { isOver, onTaken }: { readonly isOver: () => boolean; readonly onTaken: (taken: Taken) => void },
): Promise<void> {
  const { store, clock, router, policyRouter, ids, settings, domain, logger } = kernel;
  const schedule = domain.schedules.get(name);
  const known = store.schedules.get(name);
  const take = schedule && known && decideTake(schedule, known, clock.now());
  if (take === undefined) return;
  const { events, failure } = await makeAll(schedule!, take, kernel);
  if (isOver()) return;
  const record = failure === undefined ? take.record : { ...take.record, failedAt: failure.moment, problem: failure.problem };
  const { activations, lanes } = memory;
  const accepting = { store, activations, lanes, router, policyRouter, ids, limits: settings.limits };
  const write = (previous: Taken | undefined): Taken | undefined => {
    // Taken by this very write, whose commit had reported a failure, or by another worker.
    if (store.schedules.get(name)?.takenUpTo !== known!.takenUpTo) return previous;
    const acceptances = acceptEvents(accepting, events);
    store.schedules.put(record);
    return { acceptances, record };
  };
  const taken = await committer.submit<Taken | undefined>("step", write);
  if (taken === undefined) return;
  if (take.leftOutFrom !== undefined) {
    const what = `schedule ${name}: moments from ${new Date(take.leftOutFrom).toISOString()} on were missed and give no event`;
    logger.warn(`${what}, because it says missed: "${schedule!.missed}"`, { schedule: name });
  }
  onTaken(taken);
}

async function makeAll(
  schedule: Schedule,
  { moments }: Take,
  { domain, settings, clock, logger }: Engine["kernel"],
): Promise<{ readonly events: readonly NewEvent[]; readonly failure: { readonly moment: number; readonly problem: string } | undefined }> {
  const events: NewEvent[] = [];
  let failure: { readonly moment: number; readonly problem: string } | undefined;
  for (const moment of moments) {
    const identify = (index: number) => identifyScheduled(schedule.schedule, moment, index);
    try {
      const defaults = { now: clock.now(), identify };
      events.push(...(await makeScheduledEvents(schedule, moment, { domain, limits: settings.limits }, defaults)));
    } catch (error) {
      failure = { moment, problem: ProcessError.is(error) ? error.problem : errorToText(error) };
      logger.error("a schedule could not give its event; its next moments come all the same", { error });
    }
  }
  return { events, failure };
}

/** Tells the listeners to commits of the events that were accepted. */
export function tellTaken({ feed }: Pick<Engine, "feed">, { acceptances }: Taken): void {
  feed.add(countAcceptances(acceptances));
  feed.publish();
}
