import type { Logger } from "../../platform/logger.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { Store } from "../../store/store.ts";
import { type TimerCursor, type TimerKind, timerKinds } from "../../store/timers.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import type { SerialRunner } from "./serial-runner.ts";
import { timerOwner } from "./timer-owner.ts";
import { createWalk, type Walk } from "./walk.ts";

/**
 * Compares what waits in the store with what the run holds in memory. It should never find anything. What it finds is woken, and logged as
 * an error, because work that the run does not know of would wait until the next start.
 */
export interface Audit {
  /** Compares one page more, and begins anew after the last page. */
  look(): void;
  /** Compares everything. Returns whether nothing waits that could be worked at now. */
  lookAtAll(): boolean;
}

/** Runs the owners of some rows, and can tell whether one of them has something to do now. */
export interface Owners {
  readonly runner: SerialRunner;
  /** Whether something will wake the owner anyway. */
  readonly isPutOff: (id: string) => boolean;
  readonly canGoOn: (id: string) => boolean;
}

export function createAudit(ports: {
  readonly store: Store;
  readonly now: () => number;
  /** Named by the id of a mailbox. */
  readonly instances: Owners;
  /** Named by lane. */
  readonly lanes: Owners;
  /** Named by schedule. */
  readonly schedules: Owners;
  /** Whether the backlog has handed on all that waits. Before that, nothing counts as forgotten. */
  readonly isHandedOn: () => boolean;
  /** How many rows of each kind are compared at once. */
  readonly pageSize: number;
  readonly logger: Logger;
}): Audit {
  const { store, now, instances, lanes, schedules, isHandedOn, pageSize, logger } = ports;

  const findOwners = (kind: TimerKind): NamedOwners => {
    if (kind === "command") return { ...lanes, kind: "lane" };
    return kind === "schedule" ? { ...schedules, kind } : { ...instances, kind: "instance" };
  };

  const beginComparisons = (): readonly Comparison[] => [
    compareRows(
      createWalk(
        (after: MailboxKey | undefined) => store.mailbox.keys(after, pageSize),
        (key) => key,
        pageSize,
      ),
      keyToId,
      { ...instances, kind: "instance" },
      pageSize,
    ),
    ...timerKinds.map((kind) =>
      compareRows(
        createWalk(
          (after: TimerCursor | undefined) => store.timers.due(kind, after, now(), pageSize),
          ({ dueAt, id }) => ({ dueAt, id }),
          pageSize,
        ),
        timerOwner,
        findOwners(kind),
        pageSize,
      ),
    ),
  ];

  // What another OS process has accepted is not forgotten while its request to the worker is on the way. Requests are read after the rows,
  // because both are written in one commit.
  const hasWordOnTheWay = () => store.requests.open(pageSize).some(({ body }) => body.kind === "wake");

  /** Returns whether nothing had been forgotten. */
  const look = (comparison: Comparison): boolean => {
    const ids = comparison.next();
    if (ids.length === 0) return true;
    // Something may have become due since `isHandedOn` was asked.
    if (!isHandedOn() || hasWordOnTheWay()) return false;
    logger.error(
      `the worker did not know that ${ids.length} ${comparison.kind}${ids.length === 1 ? " has" : "s have"} work to do, the first ${JSON.stringify(ids[0])}; that work goes on now. Please report this.`,
    );
    for (const id of ids) comparison.runner.wake(id);
    return false;
  };

  let comparisons = beginComparisons();
  return {
    look: () => {
      if (!isHandedOn()) return;
      for (const comparison of comparisons) look(comparison);
      if (comparisons.every(({ isDone }) => isDone)) comparisons = beginComparisons();
    },
    lookAtAll: () => {
      let isClean = true;
      for (const comparison of beginComparisons()) while (!comparison.isDone) isClean = look(comparison) && isClean;
      return isClean;
    },
  };
}

interface NamedOwners extends Owners {
  readonly kind: "instance" | "lane" | "schedule";
}

interface Comparison extends Pick<NamedOwners, "kind" | "runner"> {
  /** The owners of the next rows who are not held although they have something to do. */
  next(): readonly string[];
  readonly isDone: boolean;
}

function compareRows<Row, Place>(
  rows: Walk<Row, Place>,
  idOf: (row: Row) => string,
  { kind, runner, isPutOff, canGoOn }: NamedOwners,
  pageSize: number,
): Comparison {
  return {
    next: () => {
      const ids = new Set<string>();
      for (let count = 0; count < pageSize; count += 1) {
        const row = rows.peek();
        if (row === undefined) break;
        rows.take();
        const id = idOf(row);
        if (!runner.holds(id) && !isPutOff(id) && canGoOn(id)) ids.add(id);
      }
      return [...ids];
    },
    get isDone() {
      return rows.isDone;
    },
    kind,
    runner,
  };
}
