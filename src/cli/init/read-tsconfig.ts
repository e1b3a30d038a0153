import { posix } from "node:path";
import type { ResolutionOptions } from "../tsconfig/explain-resolution.ts";
import { isObject, readJsonObject } from "../tsconfig/patch-json.ts";

/** What the tsconfig.json of a project, and those that it extends, ask of a file that is added to it. */
export interface Tsconfig {
  /** Where sources have their place, from the project's folder; `""` is that folder itself. */
  readonly sourceFolder: string;
  /** Whether a source elsewhere is an error, since `rootDir` names the folder and nothing says which files are compiled. */
  readonly isNarrow: boolean;
  readonly resolution: ResolutionOptions;
}

/** `read` gives the text of a file by its path from the project's folder, if there is such a file. */
export function readTsconfig(read: (path: string) => string | undefined): Tsconfig {
  const { rootDir, include, files, ...resolution } = readSettings(read, "tsconfig.json", new Set());
  if (rootDir === undefined || !isInside(rootDir)) return { sourceFolder: findCommonFolder(include ?? []), isNarrow: false, resolution };
  return { sourceFolder: rootDir, isNarrow: rootDir !== "" && include === undefined && files === undefined, resolution };
}

interface Settings extends ResolutionOptions {
  readonly rootDir?: string;
  readonly include?: readonly string[];
  readonly files?: readonly string[];
}

function readSettings(read: (path: string) => string | undefined, path: string, seen: Set<string>): Settings {
  const text = seen.has(path) ? undefined : read(path);
  seen.add(path);
  const parsed = text === undefined ? undefined : readJsonObject(text, path);
  if (parsed === undefined || "problem" in parsed) return {};
  const { extends: bases, compilerOptions, include, files } = parsed.value;
  const { rootDir, module, moduleResolution } = isObject(compilerOptions) ? compilerOptions : {};
  const anchor = (given: string) => anchorPath(given, posix.dirname(path));
  const inherited = toTexts(bases).map((base) => readSettings(read, findBase(base, anchor), seen));
  return {
    ...(Object.assign({}, ...inherited) as Settings),
    ...(typeof rootDir === "string" && { rootDir: anchor(rootDir) }),
    ...(Array.isArray(include) && { include: toTexts(include).map(anchor) }),
    ...(Array.isArray(files) && { files: toTexts(files).map(anchor) }),
    ...(module !== undefined && { module }),
    ...(moduleResolution !== undefined && { moduleResolution }),
  };
}

/** A path starts at the file that names it, or at the file that the compiler is given, which is the project's own. */
function anchorPath(given: string, folder: string): string {
  const own = given.replace(/^\$\{configDir\}/, ".");
  return posix.join(own === given ? folder : ".", own).replace(/^\.$|\/$/, "");
}

function findBase(base: string, anchor: (path: string) => string): string {
  const isFile = base.endsWith(".json");
  if (base.startsWith(".")) return anchor(isFile ? base : `${base}.json`);
  return `node_modules/${isFile ? base : `${base}/tsconfig.json`}`;
}

function toTexts(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((entry) => typeof entry === "string");
}

/** The folder that all patterns begin with; those of folders with a dot, such as the generated types, do not count. */
function findCommonFolder(patterns: readonly string[]): string {
  const [first = [], ...others] = patterns.filter((pattern) => !/^\.[^.]/.test(pattern)).map(readFixedParts);
  const end = first.findIndex((part, at) => others.some((other) => other[at] !== part));
  const folder = (end === -1 ? first : first.slice(0, end)).join("/");
  return isInside(folder) ? folder : "";
}

/** The folders before the first part with a wildcard, or before the name of a file. */
function readFixedParts(pattern: string): readonly string[] {
  const parts = pattern.split("/");
  const end = parts.findIndex((part) => /[*?]|\.[cm]?[jt]sx?$/.test(part));
  return end === -1 ? parts : parts.slice(0, end);
}

function isInside(folder: string): boolean {
  return folder !== ".." && !folder.startsWith("../") && !posix.isAbsolute(folder);
}
