import { errorToText } from "../../errors.ts";
import type { FetchServer } from "../../serve/fetch-server.ts";
import type { ProcessSystem } from "../../system/process-system.ts";
import type { Address } from "../terminal/arguments.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Serves how a system is. @throws CliError when the port cannot be had */
export async function serveHealth(system: ProcessSystem, { host, port }: Address, terminal: Terminal): Promise<FetchServer> {
  // Nobody else needs it.
  const [{ createHealthHandler }, { openFetchServer }] = await Promise.all([
    import("../../http/create-health-handler.ts"),
    import("../../serve/fetch-server.ts"),
  ]);
  try {
    return await openFetchServer({
      host,
      port,
      handle: createHealthHandler(system),
      onError: (error) => terminal.note(`error: health could not be told: ${errorToText(error)}`),
    });
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException;
    if (syscall !== "listen" && syscall !== "getaddrinfo") throw error;
    throw new CliError(exitCodes.failure, `${host}:${port} cannot be had: ${errorToText(error)}`, "Give another address with --health.");
  }
}
