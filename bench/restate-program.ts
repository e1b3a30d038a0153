import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ProcessDefinition, ProcessSystem } from "perdure";
import { connectRestate, registerRestate } from "perdure/restate";
import { startRestateServer } from "../test/support/restate-server.ts";
import type { Served, ServiceMessage } from "./restate-service.ts";

/** A server of Restate, services and a client, each in an OS process of its own; the client in this one. */
export interface RestateProgram extends AsyncDisposable {
  readonly system: ProcessSystem;
  /** What the services and the server have used so far. */
  usage(): Promise<RestateUsage>;
}

export interface RestateUsage {
  readonly serviceMs: number;
  readonly serverMs: number;
  /** How often a command's handler has run. */
  readonly executed: number;
}

const serviceFile = fileURLToPath(new URL("restate-service.mjs", import.meta.url));

export async function openRestateProgram(served: Served, definition: ProcessDefinition): Promise<RestateProgram> {
  const server = await startRestateServer();
  const service = fork(serviceFile, [served], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const close = async () => {
    service.kill("SIGKILL");
    await server[Symbol.asyncDispose]();
  };
  try {
    const serves = await hear(service, "serves");
    await registerRestate({ admin: server.admin, uri: `http://127.0.0.1:${serves.port}` });
    const system = await connectRestate({ definitions: [definition], ingress: server.ingress, admin: server.admin });
    return {
      system,
      usage: async () => {
        const answer = hear(service, "figures");
        service.send("figures");
        const { cpuMs, executed } = await answer;
        return { serviceMs: cpuMs, serverMs: readCpuMs(server.pid), executed };
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function hear<Kind extends ServiceMessage["kind"]>(
  service: ReturnType<typeof fork>,
  kind: Kind,
): Promise<Extract<ServiceMessage, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const end = () => {
      service.off("message", listen).off("exit", refuse);
    };
    const listen = (message: ServiceMessage) => {
      end();
      if (message.kind !== kind) reject(new Error(`the services say "${message.kind}" instead of "${kind}"`));
      // Compared in the line above.
      else resolve(message as Extract<ServiceMessage, { kind: Kind }>);
    };
    const refuse = () => {
      end();
      reject(new Error("the services have ended"));
    };
    service.on("message", listen).on("exit", refuse);
  });
}

// Linux counts in hundredths of a second there.
const TICK_MS = 10;

/** What an OS process has used, of all its threads. */
function readCpuMs(pid: number): number {
  // The name may have spaces in it, and ends with the last bracket.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
