import { ProcessError } from "../../errors.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import { processOf, serviceOf } from "./names.ts";

/*
 * Several domains can share a server, so what a domain has beside the objects of its processes begins with the domain's name there.
 */

/** What a domain has on a server beside the objects of its processes. */
export interface DomainServices {
  /** What the domain is called on the server. */
  readonly name: string;
  /** The service that runs commands. */
  readonly commands: string;
  /** The object that keeps commands from outside, by the aggregate that they are for. */
  readonly outside: string;
  /** The object that has the schedules, all in one key. */
  readonly schedules: string;
  /** The object that takes what has to be asked or kept in order before it goes to its keys. */
  readonly intake: string;
}

/**
 * `owners` are the processes and the policies of the domain.
 * @throws ProcessError `CONFIG_INVALID` if one of them has an object of such a name
 */
export function nameDomainServices(name: string, owners: Iterable<string>): DomainServices {
  const services = {
    name,
    commands: `${name}.commands`,
    intake: `${name}.intake`,
    outside: `${name}.outside`,
    schedules: `${name}.schedules`,
  };
  const taken = [...owners].find((owner) => listOwnServices(services).includes(serviceOf(owner)));
  if (taken === undefined) return services;
  throw new ProcessError("CONFIG_INVALID", `name is ${JSON.stringify(name)}, and "${taken}" is ${serviceOf(taken)} on Restate`, {
    hint: `The domain has a service of that name itself. Give the domain another name: no process and no policy is called ${listOwnServices(services).map(processOf).join(", ")}.`,
    details: { option: "name", value: name, process: taken },
  });
}

/** The names of all that a domain has beside its processes and policies. */
export function listOwnServices({ commands, intake, outside, schedules }: DomainServices): readonly string[] {
  return [commands, intake, outside, schedules];
}

/** The key of commands from outside for an aggregate, as the keys of processes are named. */
export function nameOutsideKey({ outside }: Pick<DomainServices, "outside">, aggregateId: string): MailboxKey {
  return { process: processOf(outside), aggregateId };
}

const field = "perdure.domain";

/** What each service says of itself, so that whoever looks at a server knows whose it is. */
export function describeService({ name }: DomainServices): Readonly<Record<string, string>> {
  return { [field]: name };
}

const schedulesField = "perdure.schedules";

/** What the object of the schedules says beside that: which schedules are defined. */
export function describeSchedules(schedules: readonly string[]): Readonly<Record<string, string>> {
  return schedules.length === 0 ? {} : { [schedulesField]: schedules.join(" ") };
}

/** The schedules that a service says are defined. */
export function schedulesOf({ metadata }: { readonly metadata?: Readonly<Record<string, string>> }): readonly string[] {
  return metadata?.[schedulesField]?.split(" ") ?? [];
}

/** The name of the domain that a service is of; `undefined` if the service is of another program. */
export function domainOf({ metadata }: { readonly metadata?: Readonly<Record<string, string>> }): string | undefined {
  return metadata?.[field];
}
