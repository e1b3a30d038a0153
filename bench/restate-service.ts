import { serveRestate } from "perdure/restate";
import { orderLifecycle } from "./perdure.ts";
import { waiting } from "./waiting.ts";

/** What is served: one process, because two that share events would have them come by the intake. */
export type Served = "lifecycle" | "waiting";

/** What the OS process of the services says: first where it listens, then its figures whenever it is asked. */
export type ServiceMessage =
  { readonly kind: "serves"; readonly port: number } | { readonly kind: "figures"; readonly cpuMs: number; readonly executed: number };

let executed = 0;
const execute = async () => {
  executed += 1;
};

function tell(message: ServiceMessage): void {
  process.send!(message);
}

const served = process.argv[2] as Served;
const { port } = await serveRestate({
  definitions: [served === "lifecycle" ? orderLifecycle : waiting],
  commands: { sendWelcomeEmail: execute, remind: execute, shipOrder: execute },
  port: 0,
  address: "127.0.0.1",
  // The SDK warns of missing identity keys, which a server on loopback does not need.
  logger: { debug: () => {}, info: () => {}, warn: () => {}, error: console.error },
});
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  tell({ kind: "figures", cpuMs: (user + system) / 1000, executed });
});
process.on("disconnect", () => process.exit());
tell({ kind: "serves", port });
