import type { ScheduleRecord } from "../../store/schedules.ts";
import { type Acceptance, acceptEvents, countAcceptances } from "../commit/accept.ts";
import { makeMoments, warnOfLeftOut } from "../core/make-moments.ts";
import { decideBegin, decideRemoved, decideTake } from "../decide/decide-schedule.ts";
import type { Engine } from "./kernel.ts";

/** Writes which schedules there are, by the worker's definitions. Call it inside a transaction. */
export function declareSchedules({ store, domain, clock, settings }: Engine["kernel"]): void {
  const now = clock.now();
  for (const schedule of domain.schedules.values()) {
    store.schedules.put(decideBegin(schedule, store.schedules.get(schedule.schedule), now, settings.retention.deduplicationMs));
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
  const { events, record } = await makeMoments(schedule!, take, kernel);
  if (isOver()) return;
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
  warnOfLeftOut(schedule!, take, logger);
  onTaken(taken);
}

/** Tells the listeners to commits of the events that were accepted. */
export function tellTaken({ feed }: Pick<Engine, "feed">, { acceptances }: Taken): void {
  feed.add(countAcceptances(acceptances));
  feed.publish();
}
