import type { BenchCase } from "../bench-case.ts";
import { chartsCase } from "./charts.ts";
import { eventLoopCase } from "./event-loop.ts";
import { flatnessCase } from "./flatness.ts";
import { idleCase } from "./idle.ts";
import { latencyCase } from "./latency.ts";
import { lifecycleCase } from "./lifecycle.ts";
import { ownTablesCase } from "./own-tables.ts";
import { pageCase } from "./page.ts";
import { peersCase } from "./peers.ts";
import { pendingCase } from "./pending.ts";
import { poisonCase } from "./poison.ts";
import { recoveryCase } from "./recovery.ts";
import { restateCase } from "./restate.ts";
import { telemetryCase } from "./telemetry.ts";
import { threeClientsCase } from "./three-clients.ts";
import { timersCase } from "./timers.ts";

export const cases: readonly BenchCase[] = [
  lifecycleCase,
  latencyCase,
  eventLoopCase,
  pendingCase,
  timersCase,
  recoveryCase,
  flatnessCase,
  poisonCase,
  idleCase,
  chartsCase,
  ownTablesCase,
  telemetryCase,
  threeClientsCase,
  restateCase,
];

/** Those that run only when `--only` names them, because they take long, or `--peers` asks for them. */
export const namedCases: readonly BenchCase[] = [pageCase, peersCase];
