import { createRequire } from "node:module";
import { isCompiled } from "./module-extensions.ts";

/** Who reads TypeScript: a loader that was registered, such as tsx; Node, by type stripping; or jiti, which has to be called. */
export type TypeScriptReader = "hooks" | "node" | "jiti";

/** What can be seen of the program that runs. */
export interface ProgramTraits {
  /** The path of its main file. */
  readonly main: string;
  /** Whether jiti has loaded the main file, or what that imports. */
  readonly isOfJiti: boolean;
  /** The endings that `require` knows. */
  readonly requireExtensions: readonly string[];
  /** Whether Node strips types: since 22.18 and 23.6, unless it is switched off. */
  readonly stripsTypes: boolean;
}

/**
 * Who reads the program's own TypeScript. That Node could read it does not suffice: a program in JavaScript, such as `perdure start`,
 * shares no TypeScript modules with its domain, and jiti takes what Node's stripping refuses.
 */
export function decideReader({ main, isOfJiti, requireExtensions, stripsTypes }: ProgramTraits): TypeScriptReader {
  if (isOfJiti) return "jiti";
  // tsx registers this ending; Node's own stripping does not read .tsx.
  if (requireExtensions.includes(".tsx")) return "hooks";
  if (!isCompiled(main)) return "jiti";
  return stripsTypes ? "node" : "hooks";
}

export function findTypeScriptReader(): TypeScriptReader {
  const { cache, extensions } = createRequire(import.meta.url);
  const main = process.argv[1] ?? "";
  return decideReader({
    main,
    isOfJiti: isJiti(cache[main]?.require) || isJitiRegistered(),
    requireExtensions: Object.keys(extensions),
    stripsTypes: Boolean(Reflect.get(process.features, "typescript")),
  });
}

// A module that jiti has loaded has a jiti as its require.
function isJiti(require: unknown): boolean {
  return typeof require === "function" && "esmResolve" in require;
}

// jiti's hooks give import() nothing but a default export. jiti itself loads everything that the main file imports.
function isJitiRegistered(): boolean {
  return [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].some((option) => option.includes("jiti/register"));
}
