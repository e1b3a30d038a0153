import { ProcessError } from "../errors.ts";
import { expectOption, refuseUnknownKeys } from "../platform/options.ts";
import { LONGEST_BY, readBy } from "../runtime/check/by.ts";

/** What a payload or a context belongs to. */
export interface RedactSubject {
  readonly kind: "context" | "event" | "command" | "row" | "error";
  /** The process; empty where there is none. */
  readonly process: string;
  /** The type of the event or the name of the command; empty otherwise. */
  readonly type: string;
}

export interface UiOptions {
  /**
   * Whether whoever sends a request may look in here, and ask for what the page offers. It is asked of each request, before anything else is
   * done. Anything but `true` is a refusal; an error too.
   */
  readonly authorize: (request: Request) => boolean | Promise<boolean>;
  /** Refuses everything that would change something. Default `false`. */
  readonly readOnly?: boolean;
  /**
   * What is shown of a payload, of a context, or of an error. It is asked of each before it leaves the server, of what a step has changed
   * of a context too. Payloads cannot be edited on the page then. An error is an object with its `name`, `message`, `stack` and
   * `properties`; each that it was caused by is asked for by itself, and what is no such object is shown as the error's message.
   */
  readonly redact?: (value: unknown, subject: RedactSubject) => unknown;
  /** Who asks, for the journal: a text of 1 to 200 characters, or what says it for a request. Default: nobody is named. */
  readonly by?: string | ((request: Request) => string | undefined | Promise<string | undefined>);
  /** Draws the map of the domain as SVG: `() => drawDomain({ domain, format: "svg" })`. Without it the page has no map. */
  readonly map?: () => Promise<string>;
  /** Further origins under which the page is reached, such as `https://ops.example.com` behind a proxy that changes scheme or host. */
  readonly origins?: readonly string[];
}

const known = ["authorize", "readOnly", "redact", "by", "map", "origins"];

/** @throws ProcessError `CONFIG_INVALID` */
export function checkUiOptions(options: UiOptions): void {
  refuseUnknownKeys(options, "createUi", known);
  const { authorize, readOnly = false, redact, by, map, origins = [] } = options;
  if (authorize === undefined) {
    throw new ProcessError("CONFIG_INVALID", "createUi: authorize is missing", {
      hint: "Say who may look in: authorize: (request) => …. For a page on this machine only, run `perdure ui`.",
    });
  }
  expectOption(typeof authorize === "function", "createUi: authorize", authorize, "a function of the request");
  expectOption(typeof readOnly === "boolean", "createUi: readOnly", readOnly, "true or false");
  expectOption(redact === undefined || typeof redact === "function", "createUi: redact", redact, "a function of a payload");
  expectOption(map === undefined || typeof map === "function", "createUi: map", map, "a function");
  expectOption(
    by === undefined || typeof by === "function" || typeof by === "string",
    "createUi: by",
    by,
    `a text of 1 to ${LONGEST_BY} characters, or a function of the request`,
  );
  if (typeof by === "string") readBy(by);
  const areOrigins = Array.isArray(origins) && origins.every((each) => URL.canParse(each) && new URL(each).origin === each);
  expectOption(areOrigins, "createUi: origins", origins, 'a list of origins, such as "https://ops.example.com"');
}
