import { applySettings, isObject, type Patch, readJsonObject } from "../tsconfig/patch-json.ts";

/** Adds the script `typegen`, unless there is a script of that name, whatever it runs. */
export function patchPackageJson(text: string): Patch {
  const read = readJsonObject(text, "package.json", "scripts");
  if ("problem" in read) return read;
  const { scripts } = read.value;
  if (isObject(scripts) && "typegen" in scripts) return { text, changes: [] };
  const setting = { path: ["scripts", "typegen"], value: "perdure typegen", change: 'adds the script "typegen"' };
  return applySettings(text, [setting]);
}
