import { randomBytes } from "node:crypto";
import { type FetchServer, openFetchServer } from "../serve/fetch-server.ts";
import { createVisitors, type Visitors } from "../serve/visitor.ts";
import { createElkThread } from "../graph/svg/elk-thread.ts";
import type { UiSystem } from "./desk.ts";
import { createUiHandler, type UiPorts } from "./handler.ts";
import type { UiOptions } from "./ui-options.ts";

export interface ServeUiOptions {
  /** `0`: any free one. */
  readonly port: number;
  readonly host: string;
  /** Who has it is let in; default: a new one. */
  readonly token?: string;
  readonly ui: Omit<UiOptions, "authorize">;
  readonly ports: Omit<UiPorts, "onError">;
  /** A request could not be answered. */
  readonly onError: (error: unknown) => void;
}

export interface ServedUi extends Pick<FetchServer, "close"> {
  /** The page's address, with the token in it. */
  readonly url: string;
}

const TOKEN_BYTES = 32;

/** Serves the page to whoever has the token. @throws NodeJS.ErrnoException when the port cannot be had */
export async function serveUi(
  system: UiSystem,
  { port, host, token = makeToken(), ui, ports, onError }: ServeUiOptions,
): Promise<ServedUi> {
  const handle = createUiHandler(system, { ...ui, authorize: () => true }, { layOut: createElkThread(), ...ports, onError });
  // Whoever comes to the handler was let in before. The server has no port before it listens, and is asked nothing before that.
  const entrance: { visitors?: Visitors } = {};
  const server = await openFetchServer({
    port,
    host,
    onError,
    handle: async (request) => entrance.visitors!.refuse(request) ?? handle(request),
  });
  const visitors = createVisitors({ host, port: server.port, token, name: "perdure ui" });
  entrance.visitors = visitors;
  return { url: visitors.url, close: () => server.close() };
}

function makeToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}
