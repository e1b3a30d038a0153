// The processes of trips lie in a folder, because their charts are files: what they share with this worker is in harness.ts.
import { fileURLToPath } from "node:url";

export function createDomain({ act }) {
  globalThis[Symbol.for("perdure.crash.ledger")] = { act };
  return {
    parts: { domain: fileURLToPath(new URL("folder", import.meta.url)) },
    counted: "trip/booking",
    // What only had the bad luck of being killed again and again while it ran alone is retried.
    settlementOf: ({ error, event, command }) =>
      error.code === "WORKER_DIED" ? "retry" : ((event ?? command).payload?.settlement ?? "retry"),
  };
}
