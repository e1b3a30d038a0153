import { isKebabCase, toKebabCase } from "../model/names.ts";
import { describeValue, type Report } from "../report/report.ts";

/** Reports the aggregate and the name of what is defined in code, where they are no kebab-case. `example` is a name of its kind. */
export function checkGivenNames(
  given: Readonly<Record<string, unknown>>,
  { file, example }: { readonly file: string; readonly example: string },
  report: Report,
): void {
  for (const [key, such] of [
    ["aggregate", "order"],
    ["name", example],
  ] as const) {
    const said = given[key];
    if (typeof said === "string" && isKebabCase(said)) continue;
    const better = typeof said === "string" ? toKebabCase(said) : "";
    report.error("NAME_NOT_KEBAB_CASE", {
      file,
      reason: `${key} has to be kebab-case, but is ${describeValue(said)}`,
      fix: `Write ${key}: "${better === "" ? such : better}".`,
    });
  }
}
