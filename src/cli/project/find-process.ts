import { shortProcessName } from "../../definition/model/names.ts";
import type { Lag } from "../../observe/lag.ts";
import { didYouMean, suggestName } from "../../platform/suggest.ts";
import { countOf } from "../../platform/count-of.ts";
import type { Desk } from "./desk.ts";
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
    throw new CliError(exitCodes.usage, `${namesakes.length} processes are called "${given}"`, `Write ${namesakes.join(" or ")}.`);
  }
  const short = processes.map(shortProcessName);
  const close = suggestName(given, given.includes("/") ? processes : short);
  throw new CliError(exitCodes.notFound, `there is no ${what} "${given}"${didYouMean(close)}`, `Known: ${processes.join(", ")}.`);
}

/** The one of the processes with instances that `given` names. @throws CliError when there is none */
export async function findProcessWithInstances(given: string, desk: Pick<Desk, "processNames" | "lag">): Promise<string> {
  const processes = await desk.processNames();
  if (processes.length === 0) throw refuseWithoutInstances(await desk.lag());
  return findProcess(given, processes, "process with instances");
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
