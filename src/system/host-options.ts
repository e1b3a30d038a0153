import { ProcessError } from "../errors.ts";
import { expectOption, isAddress, refuseUnknownKeys } from "../platform/options.ts";

/** Where instances are kept if not in a store of one machine: on the servers of Restate. */
export interface RestateHostOptions {
  readonly type: "restate";
  /** The address of Restate's ingress, such as `http://127.0.0.1:8080`. Events are dispatched there. */
  readonly ingress: string;
  /** The address of Restate's admin interface, such as `http://127.0.0.1:9070`. Instances are looked for there. */
  readonly admin: string;
  /**
   * What the domain is called on the server. Default `"perdure"`. Domains that share a server have different names, and the name stays the
   * same over deploys.
   */
  readonly name?: string;
  /** The port on which `perdure start` serves the processes. Default 9080. */
  readonly port?: number;
  /** The address of the network interface that `perdure start` listens at, such as `127.0.0.1`. Default: all of them. */
  readonly address?: string;
  /**
   * The public keys of the Restate servers that may call what `perdure start` serves, such as `publickeyv1_…`. Without keys, whoever
   * reaches the port can run handlers.
   */
  readonly identityKeys?: readonly string[];
}

/** The port on which processes are served for Restate unless another is given. */
export const DEFAULT_SERVICE_PORT = 9080;

/** What a domain is called on the server unless it is given another name. */
export const DEFAULT_DOMAIN_NAME = "perdure";

/** `option` names the option. @throws ProcessError `CONFIG_INVALID` */
export function expectDomainName(value: unknown, option: string): asserts value is string {
  const isName = typeof value === "string" && /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(value);
  expectOption(isName, option, value, 'a text of up to 64 letters, digits, "-" and "_" that begins with a letter, such as "shop"');
}

/** @throws ProcessError `CONFIG_INVALID`; `isStoreGiven` because instances are kept in one place */
export function readHost(host: RestateHostOptions | undefined, isStoreGiven: boolean): RestateHostOptions | undefined {
  if (host === undefined) return undefined;
  refuseUnknownKeys(host, "host", ["type", "ingress", "admin", "name", "port", "address", "identityKeys"]);
  const { type, ingress, admin, name, port, address, identityKeys } = host;
  expectOption(type === "restate", "host.type", type, '"restate"; to keep instances in a file, leave host out and give a store');
  for (const [name, url] of Object.entries({ ingress, admin })) {
    expectOption(isAddress(url), `host.${name}`, url, `the address of Restate's ${name}, such as ${examples[name]}`);
  }
  if (name !== undefined) expectDomainName(name, "host.name");
  expectOption(
    port === undefined || (Number.isInteger(port) && port >= 0 && port <= 65_535),
    "host.port",
    port,
    "a port from 0 to 65535; 0 is any that is free",
  );
  expectOption(
    address === undefined || (typeof address === "string" && address !== ""),
    "host.address",
    address,
    'the address of a network interface, such as "127.0.0.1"',
  );
  expectOption(
    identityKeys === undefined || (Array.isArray(identityKeys) && identityKeys.every(isKey)),
    "host.identityKeys",
    identityKeys,
    'a list of public keys of Restate, such as ["publickeyv1_…"]',
  );
  if (isStoreGiven) {
    throw new ProcessError("CONFIG_INVALID", "host and store are both given", {
      hint: "Restate keeps the instances itself: leave store out, or leave host out to keep them in the store.",
    });
  }
  return host;
}

const examples: Readonly<Record<string, string>> = { ingress: "http://127.0.0.1:8080", admin: "http://127.0.0.1:9070" };

function isKey(value: unknown): boolean {
  return typeof value === "string" && /^publickeyv1_\w+$/.test(value);
}
