import type { AnyStateNode } from "xstate";
import { describeValue } from "../../definition/report/report.ts";
import { ancestorsOf, type ChartNode, listOf } from "./chart-nodes.ts";
import type { ChartReport } from "./problems.ts";

/** What the states of a chart invoke, each once. */
export function readInvocations(nodes: readonly ChartNode[], report: ChartReport): readonly string[] {
  const invoked = new Set<string>();
  const byId = new Map<string, readonly ChartNode[]>();
  for (const each of nodes) {
    const { node, place } = each;
    // What `node.invoke` says of `src` is a name that XState made for logic that has none.
    for (const [at, given] of listOf(node.config.invoke as unknown).entries()) {
      const { src, onSnapshot, systemId } = typeof given === "object" && given !== null ? (given as Invocation) : { src: given };
      if (typeof given !== "object" || typeof src !== "string" || src === "") refuseLogic(src, place, report);
      else invoked.add(src);
      if (onSnapshot !== undefined) {
        const lost = "onSnapshot, but what is invoked is a command, which has a result and no snapshots";
        report.error(
          "MACHINE_CONSTRUCT_REFUSED",
          `${place} has an invocation with ${lost}`,
          "Use onDone, or let the command's handler return events.",
        );
      }
      if (systemId !== undefined) {
        const reason = `${place} has an invocation with systemId, but what is invoked is a command, which nobody can send anything`;
        report.error("MACHINE_CONSTRUCT_REFUSED", reason, "Remove systemId.");
      }
      const id = node.invoke[at]?.id ?? "";
      checkId(id, each, byId.get(id) ?? [], report);
      byId.set(id, [...(byId.get(id) ?? []), each]);
    }
  }
  return [...invoked];
}

interface Invocation {
  readonly src?: unknown;
  readonly onSnapshot?: unknown;
  readonly systemId?: unknown;
}

function refuseLogic(src: unknown, place: string, report: ChartReport): void {
  const isLogic = (typeof src === "object" || typeof src === "function") && src !== null;
  report.error(
    "MACHINE_CONSTRUCT_REFUSED",
    isLogic
      ? `${place} invokes logic, which would be lost in a crash and not repeated`
      : `${place} has an invocation whose src is not a text, but ${describeValue(src)}`,
    'Invoke a command by its name, invoke: { src: "reserveStock", input: … }, and let its handler, commands/reserve-stock.ts, do the work and return the result; or another process: src: "order/payment".',
  );
}

/** The result of an invocation is told by its id, so that two that run side by side need two. */
function checkId(id: string, { node, place }: ChartNode, others: readonly ChartNode[], report: ChartReport): void {
  const other = others.find((each) => canBeActiveTogether(node, each.node));
  if (other === undefined) return;
  report.error(
    "MACHINE_CONSTRUCT_REFUSED",
    `${place} and ${other.place} have invocations with the id ${JSON.stringify(id)} that can run at the same time`,
    "Give each an id of its own, or leave the ids out.",
  );
}

function canBeActiveTogether(node: AnyStateNode, other: AnyStateNode): boolean {
  const around = [node, ...ancestorsOf(node)];
  const common = [other, ...ancestorsOf(other)].find((each) => around.includes(each));
  return common === node || common === other || common?.type === "parallel";
}
