import { errorToText, ProcessError } from "../../errors.ts";
import { expectOption, refuseUnknownKeys } from "../../platform/options.ts";

export interface RegisterOptions {
  /** The address of the server's admin port, such as `http://restate:9070`. */
  readonly admin: string;
  /** The address at which the server of Restate reaches the services, such as `http://shop-v17:9080`. */
  readonly uri: string;
  /**
   * Registers anew what is registered already at this address. What runs there, and is not among the services any more, then fails until it is
   * again: for development only.
   */
  readonly force?: boolean;
}

/**
 * Tells a server of Restate where the services are, so that new work goes there. It is a step of a deploy: each version has an address of its
 * own, and what has begun at another one ends there.
 * @throws ProcessError `CONFIG_INVALID`, `RESTATE_UNREACHABLE`, `RESTATE_REFUSED`
 */
export async function registerRestate(options: RegisterOptions): Promise<void> {
  refuseUnknownKeys(options, "registerRestate", ["admin", "uri", "force"]);
  const { admin, uri, force = false } = options;
  expectOption(isAddress(admin), "admin", admin, 'an address, such as "http://127.0.0.1:9070"');
  expectOption(isAddress(uri), "uri", uri, 'an address, such as "http://127.0.0.1:9080"');
  expectOption(typeof force === "boolean", "force", force, "true or false");
  const url = new URL("/deployments", admin);
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ uri, force }),
    });
  } catch (error) {
    throw new ProcessError("RESTATE_UNREACHABLE", `registerRestate: nothing answers at ${url.origin}: ${errorToText(error)}`, {
      hint: "Start the server of Restate, or correct `admin`: it is the address of its admin port, 9070 by default.",
      details: { url: url.href },
      cause: error,
    });
  }
  if (answer.ok) return;
  const text = await answer.text();
  throw new ProcessError("RESTATE_REFUSED", `registerRestate: the server did not take the services at ${uri}: ${text}`, {
    hint: "The server has to reach the services at `uri`, and one address has one version of them: give each deploy an address of its own, or `force: true` in development.",
    details: { status: answer.status, uri },
  });
}

function isAddress(value: unknown): value is string {
  return typeof value === "string" && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}
