import type { CommandDeclaration } from "../model/definition.ts";
import type { Report } from "../report/report.ts";

/** Reports what a command says that cannot be together with `transaction = true`. */
export function checkTransaction(
  { name, run, source: file, settings, transaction }: Pick<CommandDeclaration, "name" | "run" | "source" | "settings" | "transaction">,
  isDispatched: boolean,
  report: Report,
): void {
  if (!transaction) return;
  if (isDispatched) {
    report.error("TRANSACTION_CONFLICT", {
      file,
      reason: `the command ${name} has transaction = true, and dispatchCommand executes every command, in no transaction`,
      fix: "Leave dispatchCommand out and give its handlers in commands, or remove transaction.",
    });
  }
  if (isAsync(run)) {
    report.error("TRANSACTION_CONFLICT", {
      file,
      reason: `the command ${name} has transaction = true and an async handler: a transaction cannot wait for a promise`,
      fix: "Remove async and every await from the handler. What has to be awaited belongs in another command.",
    });
  }
  if (settings.timeoutMs !== undefined) {
    report.error("TRANSACTION_CONFLICT", {
      file,
      reason: `the command ${name} has transaction = true and a timeout: its handler is synchronous, so that nothing can cut it off`,
      fix: "Remove timeout.",
    });
  }
}

// A compiler may have made an ordinary function of it: then its promise is refused when it returns one.
function isAsync(run: unknown): boolean {
  return typeof run === "function" && run.constructor.name === "AsyncFunction";
}
