import type { Command } from "commander";
import { errorToText } from "../../errors.ts";
import { systemClock } from "../../platform/clock.ts";
import type { ServedUi, ServeUiOptions } from "../../ui/serve-ui.ts";
import type { UiSystem } from "../../ui/desk.ts";
import { useClient } from "../project/client.ts";
import { loadDefinitions } from "../project/load-definitions.ts";
import { checkStoreExists, type GlobalOptions, isOnFile, loadProject, type Project } from "../project/project.ts";
import { formatExamples, readPort } from "../terminal/arguments.ts";
import { nameAsker, readByOption } from "../terminal/asker.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import { openBrowser } from "../terminal/open-browser.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { untilSignal } from "../terminal/until-signal.ts";

interface UiCommandOptions {
  readonly port?: number;
  readonly host: string;
  readonly readOnly?: boolean;
  readonly open?: boolean;
  readonly by?: string;
}

const LOOPBACK = "127.0.0.1";
const WORKER_LOOK_MS = 1_000;

/** `perdure ui`: the page, until Ctrl-C. */
export function addUi(program: Command, terminal: Terminal): void {
  program
    .command("ui")
    .summary("look at everything in a browser, and intervene")
    .description(
      "Serve a page that shows instances on their charts, dead letters, timers and schedules, and carries out what an operator asks; until Ctrl-C. It works beside a worker and without one.",
    )
    .option("--port <port>", "the port (default: any that is free)", readPort)
    .option("--host <address>", "the address to listen at", LOOPBACK)
    .option("--read-only", "show, and change nothing")
    .option("--by <name>", "who asks, for the journal (default: the user of the operating system)", readByOption)
    .option("--open", "open the page in the browser")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure ui --open", "look at it"],
        ["perdure ui --read-only --port 4600", "at the same port each time, to look only"],
      ]),
    )
    .action(async (options: UiCommandOptions) => {
      const globals = program.opts<GlobalOptions>();
      const project = await loadProject(globals);
      if (isOnFile(project)) checkStoreExists(project);
      await useClient(globals, async ({ system, lacksWorker }) => {
        await system.start();
        await serve(system, { options, hasWorker: remember(() => !lacksWorker()), map: drawOnce(project) }, terminal);
      });
    });
}

async function serve(
  system: UiSystem,
  given: { readonly options: UiCommandOptions; readonly hasWorker: () => boolean; readonly map: () => Promise<string> },
  terminal: Terminal,
): Promise<void> {
  const { options, hasWorker, map } = given;
  const { port = 0, host, readOnly = false, open = false } = options;
  const by = nameAsker(options);
  const onError = (error: unknown) => terminal.note(`error: ${errorToText(error)}`);
  const served = await openPort(system, {
    port,
    host,
    ui: { readOnly, map, ...(by !== null && { by }) },
    ports: { readPage: (await import("../../ui/page-file.ts")).readBuiltPage, hasWorker },
    onError,
  });
  try {
    const ended = untilSignal(terminal.lost);
    terminal.print(served.url);
    terminal.note(
      `Open the address above. Whoever has it can look${readOnly ? "" : " and intervene"} as long as this runs; Ctrl-C ends it.`,
    );
    if (host !== LOOPBACK && host !== "localhost" && host !== "::1") {
      terminal.note(`It listens at ${host}, without encryption: whoever can listen on the network between sees the token and the data.`);
    }
    if (open) openBrowser(served.url, onError);
    await ended;
  } finally {
    await served.close();
  }
}

async function openPort(system: UiSystem, options: ServeUiOptions): Promise<ServedUi> {
  try {
    // No other command needs it.
    const { serveUi } = await import("../../ui/serve-ui.ts");
    return await serveUi(system, options);
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
function drawOnce(project: Project): () => Promise<string> {
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
