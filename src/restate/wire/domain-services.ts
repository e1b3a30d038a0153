import { ProcessError } from "../../errors.ts";
import { serviceOf } from "./names.ts";

/*
 * Several domains can share a server, so what a domain has beside the objects of its processes begins with the domain's name there.
 */

/** What a domain has on a server beside the objects of its processes. */
export interface DomainServices {
  /** What the domain is called on the server. */
  readonly name: string;
  /** The service that runs commands. */
  readonly commands: string;
  /** The object that takes what has to be asked or kept in order before it goes to its keys. */
  readonly intake: string;
}

/** @throws ProcessError `CONFIG_INVALID` if a process has an object of such a name */
export function nameDomainServices(name: string, processes: readonly string[]): DomainServices {
  const services = { name, commands: `${name}.commands`, intake: `${name}.intake` };
  const taken = processes.find((process) => [services.commands, services.intake].includes(serviceOf(process)));
  if (taken === undefined) return services;
  throw new ProcessError("CONFIG_INVALID", `name is ${JSON.stringify(name)}, and process "${taken}" is ${serviceOf(taken)} on Restate`, {
    hint: `The domain has a service of that name itself. Give the domain another name: no process is called <name>/commands or <name>/intake.`,
    details: { option: "name", value: name, process: taken },
  });
}

const field = "perdure.domain";

/** What each service says of itself, so that whoever looks at a server knows whose it is. */
export function describeService({ name }: DomainServices): Readonly<Record<string, string>> {
  return { [field]: name };
}

/** The name of the domain that a service is of; `undefined` if the service is of another program. */
export function domainOf({ metadata }: { readonly metadata?: Readonly<Record<string, string>> }): string | undefined {
  return metadata?.[field];
}
