import type { AggregateListing, HandlerListing, PolicyListing, ProcessListing } from "../definition/read/listing.ts";
import { findPolicyEvent } from "../definition/model/policy.ts";
import { generateBeside, type Declaration } from "./beside-files.ts";
import { declareChart } from "./declare-chart.ts";
import { findMisnamed, listKnown } from "./misnamed.ts";
import { relativePath, relativeSpecifier, stemOf } from "./project-path.ts";
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
  const known = listKnown(source.aggregates, misnamed);
  const declarations = source.aggregates.flatMap(({ commands, processes, policies }) => [
    ...commands.flatMap(({ name, file }) => declareCommand(name, file)),
    ...processes.flatMap((process) => declareProcess(process, source.root, misnamed)),
    ...policies.map((policy) => declarePolicy(policy, source.root, { known, misnamed })),
  ]);
  const files = [generateRegister(source, misnamed), ...generateBeside(source.root, declarations)];
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function declareProcess(process: ProcessListing, root: string, misnamed: ReadonlyMap<string, string>): readonly Declaration[] {
  const { name, index, context, machine, handlers } = process;
  const typeOf = (file: string, at: string) => `typeof import("${relativeSpecifier(at, relativePath(root, file))}")`;
  if (machine !== undefined) return declareChart({ process, machine, typeOf, problemOf: ({ file }) => misnamed.get(file) });
  const contextAt = context === undefined ? undefined : (at: string) => `Perdure.ContextOutput<${typeOf(context, at)}>`;
  const checked = handlers.filter(({ file }) => !misnamed.has(file));
  const patchesAt = (at: string) => `{ ${checked.map((one) => `"${one.name}": ${typeOf(one.file, at)}`).join("; ")} }`;
  return [
    ...(index === undefined ? [] : [declareConfig({ name, file: index, contextAt, patchesAt })]),
    ...handlers.flatMap((handler) => declareHandler(handler, contextAt, misnamed.get(handler.file))),
  ];
}

/** A type as it is written in the file at a path. */
type TypeAt = (at: string) => string;

interface ConfigFile {
  readonly name: string;
  readonly file: string;
  readonly contextAt: TypeAt | undefined;
  readonly patchesAt: TypeAt;
}

function declareConfig({ name, file, contextAt, patchesAt }: ConfigFile): Declaration {
  const typeAt = (at: string) => {
    const context = contextAt?.(at);
    const more = context === undefined ? "" : `, ${context}, Perdure.PatchProblem<${context}, ${patchesAt(at)}>`;
    return `ConfigFunction = Perdure.ConfigFunction<keyof Domain.Events${more}>`;
  };
  return { file, name, namespace: "ProcessManager", type: typeAt };
}

function declareHandler(
  { name, file, role, eventType }: HandlerListing,
  contextAt: TypeAt | undefined,
  problem: string | undefined,
): readonly Declaration[] {
  const declare = (type: Declaration["type"]): Declaration => ({ file, name, namespace: "ProcessManager", type });
  if (problem !== undefined) return [declare(`HandlerArgs = Perdure.UndeclaredEvent<${JSON.stringify(problem)}>`)];
  const payload = {
    event: `Perdure.PayloadOutput<Domain.Events["${eventType}"]>`,
    timedOut: "Perdure.TimedOutPayload",
    failed: "Perdure.FailedPayload",
    cancelled: "Perdure.CancelledPayload",
  }[role];
  const parameters = `${payload}, "${eventType}", Domain.Commands`;
  if (contextAt === undefined) return [declare(`HandlerArgs = Perdure.HandlerArgs<${parameters}>`)];
  return [
    declare((at) => `HandlerArgs = Perdure.HandlerArgs<${parameters}, ${contextAt(at)}>`),
    declare((at) => `Patch = Perdure.Patch<${contextAt(at)}>`),
  ];
}

/** `on` of the file goes before what its name says, as it does when the file is loaded. */
function declarePolicy(
  { name, file }: PolicyListing,
  root: string,
  { known, misnamed }: { readonly known: ReadonlySet<string>; readonly misnamed: ReadonlyMap<string, string> },
): Declaration {
  const declare = (type: Declaration["type"]): Declaration => ({ file, name, namespace: "Policy", type });
  const problem = misnamed.get(file);
  const named = JSON.stringify(findPolicyEvent(name, (type) => known.has(type)) ?? "");
  const rest = `${named}, Domain.Events, Domain.Commands${problem === undefined ? "" : `, ${JSON.stringify(problem)}`}`;
  return declare((at) => `HandlerArgs = Perdure.PolicyArgs<typeof import("${relativeSpecifier(at, relativePath(root, file))}"), ${rest}>`);
}

function declareCommand(command: string, file: string): readonly Declaration[] {
  const module = `Domain.CommandFiles["${command}"]`;
  const parameters = `<${module}, Perdure.PayloadOutput<${module}>, "${command}">`;
  const types = [`HandlerArgs = Perdure.ArgsOf${parameters}`, `Handler = Perdure.HandlerOf${parameters}`];
  return types.map((type) => ({ file, name: stemOf(file), namespace: "Command", type }));
}
