import type { Command } from "commander";
import { errorToText } from "../../errors.ts";
import { type Client, useClient } from "../project/client.ts";
import { drawOnce, openPage } from "../project/page.ts";
import { checkStoreExists, type GlobalOptions, isOnFile, loadProject } from "../project/project.ts";
import { formatExamples, readPort } from "../terminal/arguments.ts";
import { nameAsker, readByOption } from "../terminal/asker.ts";
import { openBrowser } from "../terminal/open-browser.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { untilSignal } from "../terminal/until-signal.ts";

interface UiCommandOptions {
  readonly port?: number;
  readonly host: string;
  readonly readOnly?: boolean;
  readonly open?: boolean;
  readonly by?: string;
  readonly demo?: boolean;
}

const LOOPBACK = "127.0.0.1";

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
    .option("--demo", "show a shop that lives in a temporary file, instead of the project")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure ui --open", "look at it"],
        ["perdure ui --demo --open", "look at a shop that is not yours, without a project"],
        ["perdure ui --read-only --port 4600", "at the same port each time, to look only"],
      ]),
    )
    .action(async (options: UiCommandOptions) => {
      if (options.demo === true) {
        // No other call needs it.
        const { useDemo } = await import("../demo/demo.ts");
        return useDemo(
          (error) => terminal.note(`error: ${errorToText(error)}`),
          (client, project) => serve(client, { options, map: drawOnce(project) }, terminal),
        );
      }
      const globals = program.opts<GlobalOptions>();
      const project = await loadProject(globals);
      if (isOnFile(project)) checkStoreExists(project);
      await useClient(globals, async (client) => {
        await client.system.start();
        await serve(client, { options, map: drawOnce(project) }, terminal);
      });
    });
}

async function serve(
  client: Client,
  { options, map }: { readonly options: UiCommandOptions; readonly map: () => Promise<string> },
  terminal: Terminal,
): Promise<void> {
  const { port = 0, host, readOnly = false, open = false } = options;
  const by = nameAsker(options);
  const onError = (error: unknown) => terminal.note(`error: ${errorToText(error)}`);
  const served = await openPage(client, { port, host, ui: { readOnly, map, ...(by !== null && { by }) }, onError });
  try {
    const ended = untilSignal(terminal.lost);
    terminal.print(served.url);
    terminal.note(
      `Open the address above. Whoever has it can look${readOnly ? "" : " and intervene"} as long as this runs; Ctrl-C ends it.`,
    );
    if (host !== LOOPBACK && host !== "localhost" && host !== "::1") {
      terminal.note(`It listens at ${host}, without encryption: whoever can listen on the network between sees the token and the data.`);
    }
    if (open) openBrowser(served.url, (error) => terminal.note(`No browser can be opened here: ${errorToText(error)}`));
    await ended;
  } finally {
    await served.close();
  }
}
