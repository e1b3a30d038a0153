import { applySettings, isObject, type Patch, readJsonObject, type Setting } from "./patch-json.ts";
import { typesFolder } from "../../typegen/virtual-file.ts";

/**
 * What `tsconfig.json` lacks for the generated types to be found, and the file with it. Comments stay. The files it extends are not
 * looked at: their `rootDirs` would name folders beside themselves. `boundTo` is the folder that `rootDir` names, if nothing says which
 * files are compiled: those outside of it, such as perdure.config.ts, would be errors.
 */
export function patchTsconfig(text: string, boundTo?: string): Patch {
  const read = readJsonObject(text, "tsconfig.json", "compilerOptions");
  if ("problem" in read) return read;
  const { compilerOptions, include, files, extends: base } = read.value;
  const given = isObject(compilerOptions) && isTexts(compilerOptions["rootDirs"]) ? compilerOptions["rootDirs"] : [];
  const rootDirs = completeRootDirs(given);
  const settings: Setting[] = [];
  if (rootDirs.length > given.length) {
    settings.push({
      path: ["compilerOptions", "rootDirs"],
      value: rootDirs,
      // A property at the end would take over the comment on the line of the last option.
      at: "start",
      change: `adds ${listTexts(rootDirs.slice(given.length))} to rootDirs, so that "./+types/…" is found in ${typesFolder} too`,
    });
  }
  // Inherited or implied by files, include has a value that cannot be seen here; the register comes with the first handler anyway.
  const included = isTexts(include)
    ? include
    : include === undefined && files === undefined
      ? implyInclude(boundTo, base !== undefined)
      : undefined;
  if (included !== undefined && !included.some((pattern) => normalize(pattern).startsWith(".perdure"))) {
    settings.push({
      path: ["include"],
      value: [...included, `${typesFolder}/**/*`],
      change: `adds ${typesFolder} to include, which skips folders that begin with a dot${boundTo === undefined ? "" : `, and narrows it to ${boundTo}, as rootDir requires`}`,
    });
  }
  return applySettings(text, settings);
}

function implyInclude(boundTo: string | undefined, isInherited: boolean): readonly string[] | undefined {
  // Declarations may lie anywhere.
  if (boundTo !== undefined) return [`${boundTo}/**/*`, "**/*.d.ts"];
  return isInherited ? undefined : ["**/*"];
}

/** A folder that is in `rootDirs` already has a mirror of its own: TypeScript goes by the longest that fits. */
function completeRootDirs(given: readonly string[]): readonly string[] {
  const sources = given.filter((folder) => !normalize(folder).startsWith(".perdure"));
  const mirrors = [...sources, "."].map((folder) => [typesFolder, normalize(folder)].filter((part) => part !== "").join("/"));
  const wanted = [".", ...mirrors.map((folder) => `./${folder}`)];
  const known = new Set(given.map(normalize));
  return [...given, ...new Set(wanted.filter((folder) => !known.has(normalize(folder))))];
}

function normalize(folder: string): string {
  return folder.replace(/^\.(?:\/|$)/, "").replace(/\/+$/, "");
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}

function listTexts(texts: readonly string[]): string {
  return texts.map((text) => JSON.stringify(text)).join(" and ");
}
