import { errorToText } from "../../errors.ts";
import { arrangeCounts, createOverview, type Overview } from "../../observe/overview.ts";
import type { Logger } from "../../platform/logger.ts";
import { countInstances } from "../admin/key-queries.ts";
import { countOpenLetters, type Known, readLag } from "./lag.ts";
import type { Rows } from "./rows.ts";
import type { Stopping } from "./stopping.ts";

export interface OverviewPorts {
  readonly rows: Rows;
  readonly known: Known;
  readonly now: () => number;
  readonly logger: Logger;
  readonly stopping: Stopping;
}

// Each look reads all that there is.
const LOOK_MS = 2_000;

/** An overview that is read anew again and again until the client stops. No client is told of steps, so it has no recent ones. */
export function createPolledOverview(processes: readonly string[], ports: OverviewPorts): { readonly overview: Overview; begin(): void } {
  const overview = createOverview(processes);
  let isPolling = false;
  const poll = async () => {
    let isFailing = false;
    while (!ports.stopping.isStopped) {
      try {
        overview.trigger.seeded({ overview: await readOverview(processes, ports) });
        isFailing = false;
      } catch (error) {
        if (!isFailing) ports.logger.warn(`the overview cannot be read; it is tried again: ${errorToText(error)}`, { error });
        isFailing = true;
      }
      await ports.stopping.pause(LOOK_MS);
    }
    isPolling = false;
  };
  return {
    overview,
    begin: () => {
      if (isPolling) return;
      isPolling = true;
      void poll();
    },
  };
}

async function readOverview(processes: readonly string[], { rows, known, now }: OverviewPorts) {
  const counts = arrangeCounts(processes, await countInstances(rows));
  const { accepted, waiting, parked, keptEvents } = await readLag(rows, known, now());
  const deadLetters = await countOpenLetters(rows);
  return { counts, recentSteps: [], deadLetters, lag: { accepted, waiting: waiting + parked + keptEvents } };
}
