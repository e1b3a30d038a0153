import type { CommandDeclaration, ProcessDefinition } from "../model/definition.ts";
import type { Handler } from "../model/handler.ts";
import { isCamelCase, isProcessName, kebabToCamel, pascalToKebab, toKebabCase } from "../model/names.ts";
import type { Report } from "../report/report.ts";
import { didYouMean, suggestName } from "../../platform/suggest.ts";

/** What charts can invoke. */
export interface Invocable {
  readonly definitions: readonly ProcessDefinition[];
  readonly commands: ReadonlyMap<string, CommandDeclaration>;
  /** Executes commands of every name. */
  readonly dispatchCommand?: Handler | undefined;
  /** Whether no command is executed, so that it matters to nobody which there are. */
  readonly isNeverExecuted?: boolean;
  /** Whether there are other processes than these. */
  readonly isPart?: boolean;
}

/** Reports each invocation of a chart for which there is neither a command nor a process. */
export function checkInvocations(invocable: Invocable, report: Report): void {
  const { definitions, commands, dispatchCommand, isNeverExecuted = false, isPart = false } = invocable;
  const takesEach = dispatchCommand !== undefined || isNeverExecuted;
  const processes = definitions.map(({ process }) => process);
  for (const { chart, source, aggregate } of definitions) {
    for (const name of chart?.invoked ?? []) {
      const isProcess = isProcessName(name);
      const known = isProcess ? processes : [...commands.keys()];
      const isTaken = isProcess ? isPart : takesEach && isCamelCase(name);
      if (known.includes(name) || isTaken) continue;
      const close = suggestName(name, known);
      report.error("INVOCATION_UNKNOWN", {
        file: chart?.file ?? source,
        reason: `the chart invokes ${JSON.stringify(name)}, and there is no ${isProcess ? "process" : "command"} of that name${didYouMean(close)}`,
        fix: `${close === undefined ? "" : `Write src: "${close}", or `}${capitalise(isProcess ? `create the folder <domain>/${name.replace("/", "/processes/")}.` : adviseCommand(name, aggregate), close === undefined)}`,
      });
    }
  }
}

function adviseCommand(name: string, aggregate: string): string {
  if (!isCamelCase(name)) return `name a command in camelCase, such as ${kebabToCamel(toKebabCase(name)) || "reserveStock"}.`;
  return `create the command with a file ${aggregate}/commands/${pascalToKebab(name)}.ts, or give it in the option commands.`;
}

function capitalise(text: string, isFirst: boolean): string {
  return isFirst ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
