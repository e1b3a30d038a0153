import { dirname } from "node:path";
import { displayPath } from "../../definition/report/display-path.ts";
import { errorToText } from "../../errors.ts";
import { locateConfig } from "../../system/load-config.ts";
import type { GlobalOptions } from "../project/project.ts";
import { openBrowser } from "../terminal/open-browser.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { styled } from "../terminal/text.ts";
import { untilSignal } from "../terminal/until-signal.ts";
import type { PartName, ServeOrder, Told } from "./messages.ts";
import { type Part, startPart } from "./part.ts";
import { type Voice, voices } from "./voices.ts";
import { untilOrphaned } from "./until-orphaned.ts";
import { watchFiles } from "./watch-files.ts";

export interface DevelopOptions {
  /** Of the page; `0`: any that is free. */
  readonly port: number;
  /** Whether the page is opened in the browser. */
  readonly open: boolean;
}

// For what is in the middle of a step when a file changes, and when all of it ends.
const RESTART_GRACE_MS = 3_000;
const END_GRACE_MS = 800;

/** Runs the worker and the page until it is told to stop, and starts them anew when a file of the project has changed. */
export async function develop(globals: GlobalOptions, options: DevelopOptions, terminal: Terminal): Promise<void> {
  const config = locateConfig(globals.config);
  const say = (voice: Voice, line: string) => terminal.note(styled(voices[voice], voice.padEnd(VOICE_WIDTH)), line);
  const watcher = watchFiles();
  watcher.add(dirname(config));
  const orphaned = untilOrphaned().then(() => say("dev", "the program that has started it is gone, so that all of it ends"));
  const ended = untilSignal(Promise.race([terminal.lost, orphaned])).then(() => undefined);
  const page = createPage(globals, options, terminal);

  const onTold = (told: Told) => {
    if (told.kind === "domain") for (const folder of told.folders) watcher.add(folder);
    else if (told.kind === "types") for (const line of told.lines) say("types", line);
    else if (told.kind === "works") {
      say("worker", told.text);
      page.renew();
    }
  };
  say("dev", `watches ${displayPath(dirname(config))}; Ctrl-C ends all of it`);
  for (;;) {
    const worker = startTold("worker", globals, onTold, terminal);
    const changed = await Promise.race([ended, watcher.next()]);
    if (changed === undefined) {
      watcher.close();
      await Promise.all([worker.stop(END_GRACE_MS), page.end()]);
      return say("dev", "stopped");
    }
    const more = changed.length === 1 ? "" : ` and ${changed.length - 1} more`;
    say("dev", `${displayPath(changed[0]!)}${more} changed: the worker starts anew`);
    await worker.stop(RESTART_GRACE_MS);
  }
}

const VOICE_WIDTH = 8;

function startTold(name: PartName, globals: GlobalOptions, onTold: (told: Told) => void, terminal: Terminal): Part {
  const lead = styled(voices[name], name.padEnd(VOICE_WIDTH));
  const part = startPart(name, globals, {
    onTold,
    onLine: (line, stream) => (stream === "stdout" ? terminal.print(lead, line) : terminal.note(lead, line)),
  });
  const tellEnd = async () => {
    const { wasAsked } = await part.ended;
    if (!wasAsked) terminal.note(lead, "has ended, and starts again when a file changes");
  };
  void tellEnd();
  return part;
}

/** The page, which keeps its address when it is renewed, so that a browser goes on with it. */
function createPage(globals: GlobalOptions, { port, open }: DevelopOptions, terminal: Terminal) {
  let order: ServeOrder = { kind: "serve", port };
  let part: Part | undefined;
  let turn = Promise.resolve();
  const onTold = (told: Told) => {
    if (told.kind !== "serves" || order.token !== undefined) return;
    terminal.print(styled(voices.page, "page".padEnd(VOICE_WIDTH)), told.url);
    const url = new URL(told.url);
    order = { kind: "serve", port: Number(url.port), token: url.searchParams.get("token")! };
    if (open) openBrowser(told.url, (error) => terminal.note(`No browser can be opened here: ${errorToText(error)}`));
  };
  let hasEnded = false;
  const renew = async () => {
    await part?.stop(END_GRACE_MS);
    if (hasEnded) return;
    part = startTold("page", globals, onTold, terminal);
    part.order(order);
  };
  return {
    /** Has it show the definitions that there are now. */
    renew: () => {
      turn = turn.then(renew);
    },
    end: async () => {
      hasEnded = true;
      await turn;
      await part?.stop(END_GRACE_MS);
    },
  };
}
