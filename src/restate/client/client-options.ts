import { expectOption, isAddress } from "../../platform/options.ts";
import { parseDuration } from "../../platform/duration.ts";
import type { Duration } from "../../platform/duration.ts";
import { readRestateOptions, type RestateOptions, type RestateSettings } from "../host/restate-options.ts";

/** What `connectRestate` takes: what `serveRestate` takes, and where the server is. */
export interface ConnectOptions extends RestateOptions {
  /** The address of the server's ingress, such as `http://restate:8080`. */
  readonly ingress: string;
  /**
   * The address of the server's admin port, such as `http://restate:9070`. Without it, one instance is found by its process and its aggregate,
   * and what looks through all keys is refused.
   */
  readonly admin?: string;
  /**
   * For how long a call is tried again that does not reach the server, or that the server cannot take at the moment. Default `"30s"`.
   */
  readonly retryFor?: Duration | (string & {});
  /** Sent with each request, such as `{ authorization: "Bearer …" }`. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ClientOptions extends Pick<
  RestateSettings,
  | "name"
  | "domain"
  | "importModule"
  | "definitions"
  | "policies"
  | "events"
  | "commands"
  | "dispatchCommand"
  | "logger"
  | "telemetry"
  | "settings"
> {
  readonly ingress: string;
  readonly admin: string | undefined;
  readonly retryForMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** @throws ProcessError `CONFIG_INVALID` */
export function readConnectOptions(options: ConnectOptions): ClientOptions {
  const system = readRestateOptions(options, "connectRestate", ["ingress", "admin", "retryFor", "headers"]);
  const { ingress, admin, retryFor = "30s", headers = {} } = options;
  expectOption(isAddress(ingress), "ingress", ingress, 'an address, such as "http://127.0.0.1:8080"');
  expectOption(admin === undefined || isAddress(admin), "admin", admin, 'an address, such as "http://127.0.0.1:9070"');
  const areHeaders = typeof headers === "object" && headers !== null && Object.values(headers).every((value) => typeof value === "string");
  expectOption(areHeaders, "headers", headers, "an object of texts, such as { authorization: … }");
  return { ...system, ingress, admin, retryForMs: parseDuration(retryFor, "retryFor"), headers };
}
