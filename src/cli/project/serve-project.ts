import { serveRestate } from "../../restate/host/serve.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { untilStopped } from "../terminal/until-stopped.ts";
import type { RestateProject } from "./project.ts";

/** Serves the processes of a project to its server of Restate, until it is told to stop. */
export async function serveProject(project: RestateProject, terminal: Terminal): Promise<void> {
  const { text, stop } = await openProject(project);
  // The command's work is not to print, so lost output does not end it.
  terminal.allowLoss();
  // Whoever reads that it is ready may stop it at once.
  const stopped = untilStopped({ stop }, terminal);
  terminal.print(`ready: ${text}, pid ${process.pid}`);
  await stopped;
}

/** Serves the processes of a project to its server of Restate. `text` says that it does. */
export async function openProject({
  options,
  host,
}: RestateProject): Promise<{ readonly text: string; readonly stop: () => Promise<void> }> {
  const { host: _host, ...others } = options;
  const { name, port, address, identityKeys } = host;
  const server = await serveRestate({
    ...others,
    ...(name !== undefined && { name }),
    ...(port !== undefined && { port }),
    ...(address !== undefined && { address }),
    ...(identityKeys !== undefined && { identityKeys }),
  });
  return { text: `serving the processes to Restate on port ${server.port}`, stop: () => server.stop() };
}
