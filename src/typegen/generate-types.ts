import { basename, extname } from "node:path";
import type { AggregateListing, HandlerListing } from "../definition/read/listing.ts";
import { generateBeside, type Declaration } from "./beside-files.ts";
import { findMisnamed } from "./misnamed.ts";
import { generateRegister } from "./register-file.ts";
import type { VirtualFile } from "./virtual-file.ts";

/** What types are generated from. */
export interface TypesSource {
  /** The project's folder, the one with its `tsconfig.json`, as an absolute path. */
  readonly root: string;
  /** From `discoverDomain`. */
  readonly aggregates: readonly AggregateListing[];
}

/**
 * The declaration files of a domain: one for each of its files that has arguments to type, in a mirror of its folder below
 * `.perdure/types`, and the register. Only names are read; what stands behind them is left to TypeScript, through the types of the
 * files themselves. The order depends on the paths alone.
 */
export function generateTypes(source: TypesSource): readonly VirtualFile[] {
  const misnamed = findMisnamed(source.aggregates);
  const declarations = source.aggregates.flatMap(({ commands, processes }) => [
    ...commands.flatMap(({ name, file }) => declareCommand(name, file)),
    ...processes.flatMap(({ name, index, handlers }) => [
      ...(index === undefined ? [] : [declareConfig(name, index)]),
      ...handlers.map((handler) => declareHandler(handler, misnamed.get(handler.file))),
    ]),
  ]);
  const files = [generateRegister(source, misnamed), ...generateBeside(source.root, declarations)];
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function declareConfig(name: string, file: string): Declaration {
  return { file, name, namespace: "ProcessManager", type: "ConfigFunction = Perdure.ConfigFunction<keyof Domain.Events>" };
}

function declareHandler({ name, file, role, eventType }: HandlerListing, problem: string | undefined): Declaration {
  const payload = {
    event: `Perdure.PayloadOutput<Domain.Events["${eventType}"]>`,
    timedOut: "Perdure.TimedOutPayload",
    failed: "Perdure.FailedPayload",
  }[role];
  const type =
    problem === undefined
      ? `HandlerArgs = Perdure.HandlerArgs<${payload}, "${eventType}", Domain.Commands>`
      : `HandlerArgs = Perdure.UndeclaredEvent<${JSON.stringify(problem)}>`;
  return { file, name, namespace: "ProcessManager", type };
}

function declareCommand(command: string, file: string): readonly Declaration[] {
  const parameters = `<Perdure.PayloadOutput<Domain.CommandFiles["${command}"]>, "${command}">`;
  const types = [`HandlerArgs = Perdure.CommandHandlerArgs${parameters}`, `Handler = Perdure.CommandHandler${parameters}`];
  return types.map((type) => ({ file, name: basename(file, extname(file)), namespace: "Command", type }));
}
