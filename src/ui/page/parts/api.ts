import type { Asked, AskedAll, Done, DoneAll, Refused } from "../../wire.ts";

/** An answer that was a refusal, or none at all. */
export class ApiError extends Error {
  readonly hint: string | undefined;
  /** `undefined`: there was no answer. */
  readonly status: number | undefined;
  /** What Perdure calls it; `undefined` where the server has not said. */
  readonly code: string | undefined;

  constructor({ problem, hint, code }: Pick<Refused, "problem" | "hint"> & Partial<Pick<Refused, "code">>, status?: number) {
    super(problem);
    this.hint = hint;
    this.status = status;
    this.code = code;
  }
}

// Where the page is mounted, with or without a slash at its end.
const base = `${location.pathname.replace(/\/+$/, "")}/api/`;

/** The address of something that the server gives. */
export function addressOf(what: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "");
  return given.length === 0 ? base + what : `${base}${what}?${new URLSearchParams(given).toString()}`;
}

/** @throws ApiError */
export async function get<Answer>(address: string, signal?: AbortSignal): Promise<Answer> {
  return read<Answer>(() => fetch(address, { headers: { accept: "application/json" }, ...(signal !== undefined && { signal }) }));
}

/** Has the server carry something out. @throws ApiError */
export async function ask(verb: string, asked: Asked): Promise<Done> {
  return post<Done>(`do/${verb}`, asked);
}

/** Has the server carry something out for each of several. @throws ApiError */
export async function askAll(verb: string, asked: AskedAll): Promise<DoneAll> {
  return post<DoneAll>(`do-all/${verb}`, asked);
}

async function post<Answer>(what: string, asked: Asked | AskedAll): Promise<Answer> {
  return read<Answer>(() =>
    fetch(addressOf(what), {
      method: "POST",
      headers: { "content-type": "application/json", "perdure-ui": "1" },
      body: JSON.stringify(asked),
    }),
  );
}

async function read<Answer>(send: () => Promise<Response>): Promise<Answer> {
  const response = await send().catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError({
      problem: "The server does not answer.",
      hint: "Nothing is lost. The page goes on by itself when the server is back.",
    });
  });
  const body = (await response.json().catch(() => undefined)) as Answer | Refused | undefined;
  if (response.ok && body !== undefined) return body as Answer;
  throw new ApiError(
    isRefused(body) ? body : { problem: `The server answered ${response.status}.`, hint: hintFor(response.status) },
    response.status,
  );
}

function isRefused(body: unknown): body is Refused {
  return typeof body === "object" && body !== null && "problem" in body;
}

function hintFor(status: number): string | undefined {
  return status === 401 || status === 403 ? "`perdure ui` may have been started anew: open the address that it has printed." : undefined;
}

const charts = new Map<string, Promise<Document>>();

/**
 * A picture as a document. XMLHttpRequest parses it without making a page of it, which Trusted Types forbid of a text.
 * @throws ApiError
 */
export async function getPicture(address: string): Promise<Document> {
  const found = charts.get(address);
  if (found !== undefined) return found;
  const loading = load(address);
  charts.set(address, loading);
  // A picture that could not be had is asked for again.
  loading.catch(() => charts.delete(address));
  return loading;
}

async function load(address: string): Promise<Document> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.overrideMimeType("image/svg+xml");
    request.addEventListener("load", () => {
      if (request.status === 200 && request.responseXML !== null) resolve(request.responseXML);
      else reject(new ApiError({ problem: "There is no picture of it.", hint: "Its definition may have been removed." }, request.status));
    });
    request.addEventListener("error", () => reject(new ApiError({ problem: "The server does not answer." })));
    request.send();
  });
}
