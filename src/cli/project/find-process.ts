import { shortProcessName } from "../../definition/model/names.ts";
import type { Lag } from "../../observe/lag.ts";
import { didYouMean, suggestName } from "../../platform/suggest.ts";
import { countOf } from "../../platform/count-of.ts";
import type { Desk, Owners } from "./desk.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";

/**
 * The one of `processes` that `given` names: `order/order-lifecycle`, or `order-lifecycle` if no other aggregate has one of that
 * name. `what` says what the processes are, such as `process with instances`.
 * @throws CliError when there is none
 */
export function findProcess(given: string, processes: readonly string[], what: string): string {
  if (processes.includes(given)) return given;
  const namesakes = processes.filter((process) => process.endsWith(`/${given}`));
  if (namesakes.length === 1) return namesakes[0]!;
  if (namesakes.length > 1) {
    throw new CliError(exitCodes.usage, `"${given}" may be any of ${namesakes.length}`, `Write ${namesakes.join(" or ")}.`);
  }
  const short = processes.map(shortProcessName);
  const close = suggestName(given, given.includes("/") ? processes : short);
  throw new CliError(exitCodes.notFound, `there is no ${what} "${given}"${didYouMean(close)}`, `Known: ${processes.join(", ")}.`);
}

/** The one of the processes with instances that `given` names. @throws CliError when there is none */
export async function findProcessWithInstances(given: string, desk: Pick<Desk, "processNames" | "owners" | "lag">): Promise<string> {
  const processes = await desk.processNames();
  if (!isNameOf(given, processes)) refusePolicy(given, await desk.owners());
  if (processes.length === 0) throw refuseWithoutInstances(await desk.lag());
  return findProcess(given, processes, "process with instances");
}

/**
 * The process or the policy that `given` names, for what belongs to either: letters, timers and commands. `more` are other names that such rows have.
 * @throws CliError when there is none
 */
export async function findOwner(
  given: string,
  desk: Pick<Desk, "processNames" | "owners" | "lag" | "deadLetters" | "timers" | "scheduled">,
  more: { readonly names: readonly string[]; readonly what: string } = { names: [], what: "process or policy" },
): Promise<string> {
  const { processes, policies } = await desk.owners();
  const names = [...new Set([...(await desk.processNames()), ...processes, ...policies, ...more.names])].toSorted();
  // What belongs to a removed policy names it, and nothing else does.
  if (!isNameOf(given, names) && (await hasRows(given, desk))) return given;
  if (names.length === 0) throw refuseWithoutInstances(await desk.lag());
  return findProcess(given, names, more.what);
}

async function hasRows(process: string, { deadLetters, timers, scheduled }: Pick<Desk, "deadLetters" | "timers" | "scheduled">) {
  const one = { process, limit: 1 };
  return (
    (await deadLetters.list({ ...one, status: "any" })).length > 0 ||
    (await timers.list(one)).length > 0 ||
    (await scheduled.list(one)).length > 0
  );
}

/** @throws CliError if `given` names a policy and no process, where a policy has nothing */
export function refusePolicy(
  given: string,
  { processes, policies }: Owners,
  what?: { readonly lacks: string; readonly hint: string },
): void {
  if (isNameOf(given, processes) || !isNameOf(given, policies)) return;
  const policy = findProcess(given, policies, "policy");
  throw new CliError(
    exitCodes.notFound,
    `${policy} is a policy, and a policy has ${what?.lacks ?? "no instances"}`,
    what?.hint ?? `\`timers\`, \`scheduled list\` and \`dead-letters list\` show what is kept of it, with --process ${policy}.`,
  );
}

/** What `refusePolicy` says where the chart of a process is wanted. */
export const withoutChart = { lacks: "no chart", hint: "`perdure graph --domain` draws it among all processes and policies." };

function isNameOf(given: string, names: readonly string[]): boolean {
  return names.some((name) => name === given || name.endsWith(`/${given}`));
}

function refuseWithoutInstances({ waiting, inbox }: Pick<Lag, "waiting" | "inbox">): CliError {
  const events = waiting + inbox;
  return new CliError(
    exitCodes.notFound,
    "there is no instance yet",
    events === 0
      ? "An event that a process is started by begins one: `perdure send <Event> <aggregateId>`."
      : `${countOf(events, "event")} ${events === 1 ? "waits" : "wait"}, and no worker has handled one: run \`perdure start\`.`,
  );
}
