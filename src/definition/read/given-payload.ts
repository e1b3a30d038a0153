import { isStandardSchema, type StandardSchema } from "../model/standard-schema.ts";
import { describeValue, type Report } from "../report/report.ts";

/** The schema that code gives as `place`, such as `events.OrderPlaced.payload`; reported if it is none. */
export function readGivenPayload(
  given: unknown,
  { place, file }: { readonly place: string; readonly file: string },
  report: Report,
): StandardSchema | undefined {
  if (given === undefined || isStandardSchema(given)) return given;
  report.error("PAYLOAD_INVALID", {
    file,
    reason: `${place} has to be a Standard Schema, but is ${describeValue(given)}`,
    fix: "Give a schema of Zod (3.24 or later), Valibot, ArkType or another library that implements Standard Schema, or leave it out.",
  });
  return undefined;
}
