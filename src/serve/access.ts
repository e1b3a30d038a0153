import type { IncomingMessage } from "node:http";
import { isSameText } from "./same-text.ts";

/** What a request is refused with: an HTTP status and a sentence. */
export interface Refusal {
  readonly status: 401 | 403 | 404 | 405;
  readonly reason: string;
}

/**
 * Why a request is refused, if it is. Only clients that were given the token are served, because other users of the machine reach the port as
 * well. The `Host` keeps out pages whose name was made to point here (DNS rebinding), the `Origin` pages of other servers.
 */
export function refuseRequest(
  { method, url = "", headers }: Pick<IncomingMessage, "method" | "url" | "headers">,
  { port, token }: { readonly port: number; readonly token: string },
): Refusal | undefined {
  if (method !== "GET") return { status: 405, reason: "Only GET is served here." };
  const { host, origin } = headers;
  if (host === undefined || !listHosts(port).includes(host)) {
    return { status: 403, reason: `This is served under ${listHosts(port).join(" and ")} only.` };
  }
  if (origin !== undefined && origin !== `http://${host}`) return { status: 403, reason: "Another page may not look in here." };
  const at = url.indexOf("?");
  const given = at === -1 ? null : new URLSearchParams(url.slice(at)).get("token");
  if (given === null) return { status: 401, reason: "The token is missing: open the whole address that `perdure inspect` prints." };
  if (!isSameText(given, token)) return { status: 403, reason: "The token belongs to another run of `perdure inspect`." };
  if (url.slice(0, at) !== "/") return { status: 404, reason: "There is nothing here." };
  return undefined;
}

/** Under which hosts the bridge is reached. */
function listHosts(port: number): readonly string[] {
  const names = ["127.0.0.1", "localhost"];
  // Clients leave out the port if it is HTTP's own.
  return port === 80 ? names : names.map((name) => `${name}:${port}`);
}
