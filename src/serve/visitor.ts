import { isIP } from "node:net";
import { isSameText } from "./same-text.ts";

/** What lets a browser in: a token that it brings once in the address, and from then on in a cookie. */
export interface Visitors {
  /** The address to open, with the token in it. */
  readonly url: string;
  /** What the request is answered with instead of what it asks for; `undefined` if it may have that. */
  refuse(request: Request): Response | undefined;
}

/** `host` and `port` are where it is served; `name` is what was called, for the sentences. */
export function createVisitors(served: {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly name: string;
}): Visitors {
  const { host, port, token, name } = served;
  // Browsers send a cookie to every port of a host.
  const cookie = `perdure-${port}`;
  return {
    url: `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}/?token=${token}`,
    refuse: (request) => {
      const url = new URL(request.url);
      if (!isOwnHost(url.hostname, host)) return answerText(403, `This is served under the name that \`${name}\` was given only.`);
      const given = url.searchParams.get("token");
      if (given !== null) {
        if (!isSameText(given, token))
          return answerText(403, `The token belongs to another run of \`${name}\`: open the address that it has printed.`);
        return enter(url, `${cookie}=${token}; HttpOnly; SameSite=Strict; Path=/`);
      }
      const brought = readCookie(request.headers.get("cookie") ?? "", cookie);
      if (brought === undefined) return answerText(401, `The token is missing: open the whole address that \`${name}\` has printed.`);
      if (!isSameText(brought, token)) return answerText(401, `\`${name}\` was started anew: open the address that it has printed.`);
      return undefined;
    },
  };
}

/**
 * Whether a request was made for this server by a name that nobody else can give to it. A page whose own name was made to point here (DNS
 * rebinding) comes with that name. An address is no name.
 */
function isOwnHost(hostname: string, served: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  return hostname === "localhost" || hostname === served || isIP(address) !== 0;
}

/** Sets the cookie, and leads to the same address without the token, so that no history or screenshot keeps it. */
function enter(url: URL, cookie: string): Response {
  const rest = new URLSearchParams(url.searchParams);
  rest.delete("token");
  const search = rest.size === 0 ? "" : `?${rest.toString()}`;
  return new Response(null, { status: 303, headers: { ...headers, "Set-Cookie": cookie, Location: `${url.pathname}${search}` } });
}

function readCookie(header: string, name: string): string | undefined {
  const pair = header.split(/;\s*/).find((each) => each.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

const headers = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

function answerText(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { ...headers, "Content-Type": "text/plain; charset=utf-8" } });
}
