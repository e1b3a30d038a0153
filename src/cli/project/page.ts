import { errorToText } from "../../errors.ts";
import { systemClock } from "../../platform/clock.ts";
import type { ServedUi, ServeUiOptions } from "../../ui/serve-ui.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { Client } from "./client.ts";
import { loadDefinitions } from "./load-definitions.ts";
import type { Project } from "./project.ts";

const WORKER_LOOK_MS = 1_000;

/** Serves the page over a client that has started. @throws CliError when the port cannot be had */
export async function openPage({ system, lacksWorker }: Client, options: Omit<ServeUiOptions, "ports">): Promise<ServedUi> {
  try {
    // No other command needs it.
    const [{ serveUi }, { readBuiltPage }] = await Promise.all([import("../../ui/serve-ui.ts"), import("../../ui/page-file.ts")]);
    return await serveUi(system, { ...options, ports: { readPage: readBuiltPage, hasWorker: remember(() => !lacksWorker()) } });
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException;
    if (syscall !== "listen" && syscall !== "getaddrinfo") throw error;
    throw new CliError(
      exitCodes.failure,
      `port ${options.port} at ${options.host} cannot be had: ${errorToText(error)}`,
      "Give another one with --port, or leave it out.",
    );
  }
}

/** The map as the definitions were when it was first asked for. A failure is not kept. */
export function drawOnce(project: Project): () => Promise<string> {
  let drawn: Promise<string> | undefined;
  return () => {
    drawn ??= draw(project);
    drawn.catch(() => (drawn = undefined));
    return drawn;
  };
}

async function draw(project: Project): Promise<string> {
  const [{ drawLoadedDomain }, { domain }] = await Promise.all([import("../../graph/svg/domain/draw-domain.ts"), loadDefinitions(project)]);
  return drawLoadedDomain(domain, "svg");
}

/** Asks again after a second, because each page that is open asks. */
function remember(ask: () => boolean): () => boolean {
  let answer = false;
  let until = Number.NEGATIVE_INFINITY;
  return () => {
    const now = systemClock.now();
    if (now >= until) {
      answer = ask();
      until = now + WORKER_LOOK_MS;
    }
    return answer;
  };
}
