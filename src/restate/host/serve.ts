import { createServer, type ServerHttp2Session } from "node:http2";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { errorToText, ProcessError } from "../../errors.ts";
import { systemClock } from "../../platform/clock.ts";
import { type Duration, parseDuration } from "../../platform/duration.ts";
import { expectOption } from "../../platform/options.ts";
import type { Logger } from "../../platform/logger.ts";
import { assembleServices } from "./create-services.ts";
import { registerRestate, type RegisterOptions } from "../admin/register-restate.ts";
import { readRestateOptions, type RestateOptions } from "./restate-options.ts";

export interface ServeRestateOptions extends RestateOptions {
  /** Where to listen. Default 9080; 0 takes a free one. */
  readonly port?: number;
  /** The address of the network interface to listen at, such as `127.0.0.1`. Default: all of them. */
  readonly address?: string;
  /** Public keys of the server. Calls that it has not signed are refused. Without keys anyone who reaches the port can run handlers. */
  readonly identityKeys?: readonly string[];
  /** Registers the services when they listen. For development: in production, `perdure restate register` is a step of the deploy. */
  readonly register?: RegisterOptions;
}

/** An OS process's part in the work. */
export interface RestateServer extends AsyncDisposable {
  readonly port: number;
  /**
   * Takes no new work, and lets what runs go on for `timeout`. What still runs then is cut off, and runs again at an OS process behind the same
   * address, once there is one. Default: as long as the longest attempt may take, so that nothing is cut off.
   */
  stop(options?: { readonly timeout?: Duration | (string & {}) }): Promise<void>;
}

/**
 * Serves the processes to a server of Restate. It keeps nothing, so that as many OS processes as you like can do so behind one address.
 * @throws ProcessError as `createRestateServices` does; `CONFIG_INVALID` if the port cannot be listened at; `RESTATE_UNREACHABLE`,
 * `RESTATE_REFUSED` if the services cannot be registered
 */
export async function serveRestate(options: ServeRestateOptions): Promise<RestateServer> {
  const { port = 9080, address, identityKeys = [], register } = options;
  const system = readRestateOptions(options, "serveRestate", ["port", "address", "identityKeys", "register"]);
  expectOption(Number.isInteger(port) && port >= 0 && port < 65_536, "port", port, "a port, from 0 to 65535");
  const areKeys = Array.isArray(identityKeys) && identityKeys.every((key) => typeof key === "string" && key.startsWith("publickeyv1_"));
  expectOption(areKeys, "identityKeys", identityKeys, 'a list of texts that begin with "publickeyv1_", as the server logs them');
  const { logger } = system;
  const { sdk, services, attempts, longestAttemptMs } = await assembleServices(system);
  const server = createServer(
    sdk.createEndpointHandler({ services, ...(identityKeys.length > 0 && { identityKeys }), logger: passOn(logger) }),
  );
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  await listen(server, port, address);
  const taken = (server.address() as AddressInfo).port;
  if (identityKeys.length === 0 && !isLoopback((server.address() as AddressInfo).address)) {
    logger.warn(`serveRestate: anyone who reaches port ${taken} can run handlers, because identityKeys is empty`, { port: taken });
  }

  let stopped: Promise<void> | undefined;
  const stop = ({ timeout }: Parameters<RestateServer["stop"]>[0] = {}) => {
    const timeoutMs = timeout === undefined ? longestAttemptMs : parseDuration(timeout, "stop: timeout");
    return (stopped ??= (async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A session that is closed takes no new call, and ends with its last one.
      for (const session of sessions) session.close();
      const late = systemClock.setTimeout(() => {
        attempts.cut();
        for (const session of sessions) session.destroy();
      }, timeoutMs);
      await closed;
      attempts.cut();
      systemClock.clearTimeout(late);
    })());
  };
  try {
    if (register !== undefined) await registerRestate(register);
  } catch (error) {
    await stop({ timeout: 0 });
    throw error;
  }
  return { port: taken, stop, [Symbol.asyncDispose]: () => stop() };
}

async function listen(server: ReturnType<typeof createServer>, port: number, address: string | undefined): Promise<void> {
  const listening = once(server, "listening");
  server.listen(port, address);
  try {
    await listening;
  } catch (error) {
    throw new ProcessError("CONFIG_INVALID", `serveRestate: port ${port} cannot be listened at: ${errorToText(error)}`, {
      hint: "Give another port, or end what listens there.",
      details: { port },
      cause: error,
    });
  }
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.") || address.startsWith("::ffff:127.");
}

/** What the SDK says is for who looks for its mistakes: the server repeats what has failed. */
function passOn(logger: Logger) {
  return ({ level }: { readonly level: string }, ...message: readonly unknown[]) => {
    const text = `Restate's SDK: ${message.map((part) => (typeof part === "string" ? part : errorToText(part))).join(" ")}`;
    if (level === "error" || level === "warn") logger.warn(text);
    else logger.debug(text);
  };
}
