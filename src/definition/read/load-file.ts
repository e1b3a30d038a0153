import { basename, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { errorToText, ProcessError } from "../../errors.ts";
import { displayPath } from "../report/display-path.ts";
import { adviseImport } from "./import-advice.ts";
import type { ImportModule, ModuleExports } from "./import-module.ts";
import { moduleExtensions } from "./module-extensions.ts";
import { ImportUnsettledError } from "./patient-import.ts";
import { describeValue, type Report } from "../report/report.ts";
import { isStandardSchema, type StandardSchema } from "../model/standard-schema.ts";
import { suggestName } from "../../platform/suggest.ts";

/**
 * The exports of `file`; `undefined`, and a report, when it throws or does not come to an end.
 * @throws ProcessError `INSTALLATION_BROKEN`, which is no mistake of the file's
 */
export async function loadFile(file: string, importModule: ImportModule, report: Report): Promise<ModuleExports | undefined> {
  try {
    return await importModule(file);
  } catch (error) {
    if (ProcessError.is(error, "INSTALLATION_BROKEN")) throw error;
    if (error instanceof ImportUnsettledError) {
      report.error("IMPORT_UNSETTLED", {
        file: displayPath(file),
        reason: error.message,
        fix: "Create the system in a function, or in a module that no file of the domain imports; what is awaited at the top level of a file has to happen at start.",
      });
      return undefined;
    }
    report.error("IMPORT_FAILED", {
      file: displayPath(file),
      reason: `the file throws when it is imported: ${errorToText(error).replace(/\s+/g, " ").trim()}${whereThrown(error)}`,
      fix: `Correct ${basename(file)} or what it imports. Files of the domain are imported at start, so work that can fail belongs in the functions they export.${adviseImport(error)}`,
    });
    return undefined;
  }
}

/** The export `handler`, if it is a function; reported if not. `signature` is shown as the way out. */
export function readHandler(
  exports: ModuleExports,
  file: string,
  signature: string,
  report: Report,
): ((args: never) => unknown) | undefined {
  const { handler } = exports;
  if (typeof handler === "function") return handler as (args: never) => unknown;
  const close = suggestName("handler", Object.keys(exports)) ?? ("default" in exports ? "default" : undefined);
  const reason =
    handler === undefined
      ? `the file exports no handler${close === undefined ? "" : `; it does export ${close}`}`
      : `handler has to be a function, but is ${describeValue(handler)}`;
  report.error("HANDLER_INVALID", { file: displayPath(file), reason, fix: `Export it by name: ${signature}` });
  return undefined;
}

/** The export `payload`, if there is one; reported if it is not a Standard Schema. */
export function readPayload(exports: ModuleExports, file: string, report: Report): StandardSchema | undefined {
  const { payload } = exports;
  if (payload === undefined || isStandardSchema(payload)) return payload;
  report.error("PAYLOAD_INVALID", {
    file: displayPath(file),
    reason: `payload has to be a Standard Schema, but is ${describeValue(payload)}`,
    fix: "Export a schema of Zod (3.24 or later), Valibot, ArkType or another library that implements Standard Schema, or remove the export to accept any payload.",
  });
  return undefined;
}

/** ` (domain/order/x.ts:3)`: the line of the user's own code that threw `error`; nothing if that cannot be told. */
export function whereThrown(error: unknown): string {
  const frame = error instanceof Error ? error.stack?.split("\n").find((line) => /^\s+at .*:\d+:\d+\)?$/.test(line)) : undefined;
  const [, file = "", line = ""] = /((?:file:\/\/)?[^\s()]*):(\d+):\d+\)?$/.exec(frame ?? "") ?? [];
  const path = file.startsWith("file:") ? fileURLToPath(file) : file;
  const isUsers = moduleExtensions.some((extension) => extension === extname(path)) && !path.includes("node_modules");
  return isUsers ? ` (${displayPath(path)}:${line})` : "";
}
