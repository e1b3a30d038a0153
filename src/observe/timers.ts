import type { Store } from "../store/store.ts";
import type { TimerFilter, TimerKind } from "../store/timers.ts";
import { checkFilter, readLimit } from "./page.ts";

/** Something that will be due. */
export interface Timer {
  /** `timeout`: an instance's; `command`: a command's moment, first or again; `retry`: another attempt of a handler. */
  readonly kind: TimerKind;
  readonly dueAt: Date;
  readonly process: string;
  /** The instance's; for a command, the aggregate the command is for. */
  readonly aggregateId: string;
  readonly processId: string | undefined;
  /** The command's name. */
  readonly command: string | undefined;
}

export interface Timers {
  /** What is due when, soonest first; what is overdue comes first. `limit` is 100 unless told otherwise. */
  list(filter?: TimerFilter & { readonly limit?: number }): readonly Timer[];
}

export function createTimersView(store: () => Store): Timers {
  return {
    list: ({ limit, ...filter } = {}) => {
      checkFilter(filter, ["process", "aggregateId", "processId", "kind"]);
      return store()
        .timers.find(filter, readLimit(limit))
        .map(({ kind, dueAt, process, aggregateId, processId, command }) => ({
          kind,
          dueAt: new Date(dueAt),
          process,
          aggregateId,
          processId: processId ?? undefined,
          command: command ?? undefined,
        }));
    },
  };
}
