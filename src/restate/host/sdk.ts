import { createRequire } from "node:module";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { errorToText, ProcessError } from "../../errors.ts";
import { checkNode } from "../../platform/node-version.ts";
import { findPackageManager } from "../../platform/package-manager.ts";
import { fitsSdkRange, SDK_RANGE } from "../wire/sdk-range.ts";

/*
 * What is used of Restate's SDK, by its shape, so that neither this package's types nor its modules need the SDK to be installed.
 */

/** Turns values into bytes. */
export interface Serde<Value> {
  readonly contentType: string;
  serialize(value: Value): Uint8Array;
  deserialize(bytes: Uint8Array): Value;
}

/** A message to a handler that nobody waits for. */
export interface Send {
  readonly service: string;
  readonly method: string;
  readonly key?: string;
  readonly parameter: unknown;
  readonly idempotencyKey?: string;
  /** In milliseconds. */
  readonly delay?: number;
  readonly inputSerde: Serde<unknown>;
}

/** What every handler may do. */
export interface ServiceContext {
  run<Value>(name: string, action: () => Promise<Value>): PromiseLike<Value>;
  genericSend(send: Send): { readonly invocationId: PromiseLike<string> };
  cancel(invocationId: string): void;
  request(): { readonly id: string };
  readonly date: { now(): PromiseLike<number> };
}

/** What a handler that only reads may do with the state of its key. */
export interface ReadContext extends ServiceContext {
  readonly key: string;
  get<Value>(name: string): PromiseLike<Value | null>;
  stateKeys(): PromiseLike<string[]>;
}

/** What a handler may do that has its key for itself. */
export interface KeyContext extends ReadContext {
  set(name: string, value: unknown): void;
  clear(name: string): void;
  clearAll(): void;
}

/** A service or an object, as the SDK makes it. */
export interface RestateService {
  readonly name: string;
}

type Handler<Context> = (context: Context, input: never) => Promise<unknown>;
type Options = Readonly<Record<string, unknown>>;

interface Definition<Context> {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly handlers: Readonly<Record<string, Handler<Context>>>;
  readonly options: Options;
}

export type NodeHandler = (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) => void;

/** The SDK. */
export interface Sdk {
  object(definition: Definition<KeyContext>): RestateService;
  service(definition: Definition<ServiceContext>): RestateService;
  readonly handlers: {
    handler<Context>(options: Options, handler: Handler<Context>): Handler<Context>;
    readonly object: {
      exclusive(options: Options, handler: Handler<KeyContext>): Handler<KeyContext>;
      shared(options: Options, handler: Handler<ReadContext>): Handler<KeyContext>;
    };
  };
  readonly TerminalError: new (message: string, options: { readonly errorCode: number }) => Error;
  readonly CancelledError: new () => Error;
  readonly serde: { readonly json: Serde<unknown> };
  createEndpointHandler(options: {
    readonly services: readonly RestateService[];
    readonly identityKeys?: readonly string[];
    readonly logger?: (meta: { readonly level: string }, ...message: readonly unknown[]) => void;
  }): NodeHandler;
}

const packageName = "@restatedev/restate-sdk";

/** How the SDK is looked for. */
export interface SdkPorts {
  readonly load: () => Promise<object>;
  /** The version that is installed, if one is. */
  readonly findVersion: () => string | undefined;
  readonly packageManager: typeof findPackageManager;
}

/** @throws ProcessError `NODE_TOO_OLD`, `RESTATE_SDK_UNUSABLE` */
export async function loadSdk(ports: SdkPorts = { load, findVersion, packageManager: findPackageManager }): Promise<Sdk> {
  checkNode();
  const version = ports.findVersion();
  if (version === undefined) throw refuse(ports, "is not installed, but handlers cannot run on Restate without it", undefined);
  if (!fitsSdkRange(version)) throw refuse(ports, `${version} is installed, but Perdure needs ${SDK_RANGE}`, version);
  try {
    // Its shape is what this file says of it, for the versions in the range.
    return (await ports.load()) as Sdk;
  } catch (error) {
    throw refuse(ports, `${version} is installed but cannot be loaded: ${errorToText(error).split("\n")[0]}`, version, error);
  }
}

function refuse({ packageManager }: SdkPorts, problem: string, version: string | undefined, cause?: unknown): ProcessError {
  return new ProcessError("RESTATE_SDK_UNUSABLE", `${packageName} ${problem}`, {
    hint: `Run \`${packageManager().add(`${packageName}@1`)}\`.`,
    details: { version, range: SDK_RANGE },
    cause,
  });
}

async function load(): Promise<object> {
  await import("./promise-with-resolvers.ts");
  return import("@restatedev/restate-sdk");
}

function findVersion(): string | undefined {
  try {
    return (createRequire(import.meta.url)(`${packageName}/package.json`) as { readonly version: string }).version;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
