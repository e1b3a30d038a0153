import type { BenchCase } from "../bench-case.ts";
import { chartsCase } from "./charts.ts";
import { eventLoopCase } from "./event-loop.ts";
import { flatnessCase } from "./flatness.ts";
import { idleCase } from "./idle.ts";
import { latencyCase } from "./latency.ts";
import { lifecycleCase } from "./lifecycle.ts";
import { ownTablesCase } from "./own-tables.ts";
import { pendingCase } from "./pending.ts";
import { poisonCase } from "./poison.ts";
import { recoveryCase } from "./recovery.ts";
import { restateCase } from "./restate.ts";
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
  restateCase,
];
