import type { ProcessManager } from "./+types/trial";

/** The chart says what happens in a trial. The config says what begins one, and after which time it is over wherever it stands. */
export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.TrialStarted],
  timeout: "60d",
});
