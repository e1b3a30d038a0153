import { errorToText, ProcessError } from "../../errors.ts";

/** The admin port of a server of Restate. Each call rejects with a ProcessError `RESTATE_UNREACHABLE` or `RESTATE_REFUSED`. */
export interface Admin {
  readonly url: string;
  version(): Promise<string>;
  /** All services that are registered, those of other programs too; each as its latest deployment has it. */
  services(): Promise<readonly RegisteredService[]>;
  deployments(): Promise<readonly Deployment[]>;
  /** Registers what is served at `uri`, or with `dryRun` only says what that is. */
  register(request: RegisterRequest): Promise<RegisteredDeployment>;
  /** The rows that a query in SQL finds. A field whose value is null is missing. The query reads all that there is, whatever it asks for. */
  query<Row>(sql: string): Promise<readonly Row[]>;
}

export interface RegisterRequest {
  readonly uri: string;
  /** Asks the address again what it has, though it is registered already, and sends what comes to it from now on. */
  readonly force: boolean;
  readonly dryRun: boolean;
}

export interface RegisteredService {
  readonly name: string;
  readonly handlers: readonly { readonly name: string }[];
  readonly deployment_id: string;
  readonly revision: number;
  /** What the service says of itself. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface RegisteredDeployment {
  readonly id: string;
  readonly services: readonly RegisteredService[];
  /** Such as `restate-sdk-typescript/1.17.2`. */
  readonly sdk_version?: string;
}

export interface Deployment {
  readonly id: string;
  /** It is missing where the server calls no address, as on Lambda. */
  readonly uri?: string;
  readonly sdk_version?: string;
}

/** `fetch` is for tests. */
export function createAdmin(url: string, fetch: typeof globalThis.fetch = globalThis.fetch): Admin {
  // An address may have a path, where a proxy leads to the server.
  const base = url.replace(/\/+$/, "");

  const ask = async (path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${base}${path}`, {
      headers: { accept: "application/json", ...(body !== undefined && { "content-type": "application/json" }) },
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw unreachable(url, error);
    });
    const text = await answer.text();
    const said = readJson(text);
    if (answer.ok && said !== undefined) return said;
    throw new ProcessError(
      "RESTATE_REFUSED",
      `Restate's admin port at ${url} answers ${answer.status} to ${path}: ${describe(said, text)}`,
      {
        details: { url, status: answer.status },
        ...(answer.ok && { hint: "Check that the address is that of the admin port; the server's default is 9070." }),
      },
    );
  };

  // The casts below hold for servers from 1.7.12 on, which is what the version is asked for.
  return {
    url,
    version: async () => ((await ask("/version")) as { readonly version: string }).version,
    services: async () => ((await ask("/services")) as { readonly services: readonly RegisteredService[] }).services,
    deployments: async () => ((await ask("/deployments")) as { readonly deployments: readonly Deployment[] }).deployments,
    register: async ({ uri, force, dryRun }) =>
      (await ask("/deployments", { uri, force, ...(dryRun && { dry_run: true }) })) as RegisteredDeployment,
    query: async <Row>(sql: string) => ((await ask("/query", { query: sql })) as { readonly rows: readonly Row[] }).rows,
  };
}

// A query reads all that there is.
const PATIENCE_MS = 60_000;

function unreachable(url: string, error: unknown): ProcessError {
  const { cause } = error as { readonly cause?: unknown };
  return new ProcessError("RESTATE_UNREACHABLE", `no server of Restate answers at ${url}: ${errorToText(cause ?? error)}`, {
    hint: "Check that the server runs, and that the address is that of its admin port; the server's default is 9070.",
    details: { url },
    cause: error,
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const LONGEST_ANSWER = 500;

function describe(said: unknown, text: string): string {
  const { message } = (said ?? {}) as { readonly message?: unknown };
  if (typeof message === "string") return message;
  return text.trim() === "" ? "nothing" : text.slice(0, LONGEST_ANSWER);
}
