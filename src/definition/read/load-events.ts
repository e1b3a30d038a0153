import type { EventDeclaration } from "../model/definition.ts";
import { displayPath } from "../report/display-path.ts";
import type { ImportModule } from "./import-module.ts";
import type { NamedFile } from "./listing.ts";
import { loadFile, readPayload } from "./load-file.ts";
import type { Report } from "../report/report.ts";

/** The declared events by type. A file that throws declares its event all the same, for its name says which. */
export async function loadEvents(
  files: readonly NamedFile[],
  importModule: ImportModule,
  report: Report,
): Promise<ReadonlyMap<string, EventDeclaration>> {
  const events = new Map<string, EventDeclaration>();
  for (const { name: type, file } of files) {
    const source = displayPath(file);
    const other = events.get(type);
    if (other !== undefined) {
      report.error("EVENT_DUPLICATE", {
        file: source,
        reason: `the event ${type} is declared by ${other.source} as well`,
        fix: "Delete or rename one of the two files; an event's type is the same for all aggregates.",
      });
    }
    const exports = await loadFile(file, importModule, report);
    const schema = exports && readPayload(exports, file, report);
    events.set(type, { type, schema, source, isInCode: false });
  }
  return events;
}
