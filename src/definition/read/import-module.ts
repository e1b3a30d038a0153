import { realpath } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { importWithJiti } from "./import-with-jiti.ts";
import { isCompiled } from "./module-extensions.ts";
import { findTypeScriptReader } from "./typescript-reader.ts";

/** What a module exports, by name. */
export type ModuleExports = Readonly<Record<string, unknown>>;

/** Loads a user's file, named by its absolute path, and resolves with its exports. Rejects with what the file throws. */
export type ImportModule = (file: string) => Promise<ModuleExports>;

/**
 * Node's `import()` for JavaScript. For TypeScript the same where the program's own TypeScript is read by the runtime or by a loader such
 * as tsx, so that the program and its domain share their modules; jiti elsewhere. Which of the two is decided with the first TypeScript
 * file and holds for all. Modules are evaluated once, at their real place. Like all of Node's modules they stay loaded, so a changed
 * file is read by the next OS process.
 */
export function createImportModule(): ImportModule {
  let importTypeScript: ImportModule = { jiti: importWithJiti, node: importNatively, hooks: tryNatively }[findTypeScriptReader()];

  // Hooks may serve require alone, as those of esbuild-register do; then import() knows no TypeScript.
  async function tryNatively(file: string): Promise<ModuleExports> {
    try {
      const exports = await importNatively(file);
      importTypeScript = importNatively;
      return exports;
    } catch (error) {
      if (!isUnreadable(error, file)) throw error;
      importTypeScript = importWithJiti;
      return importWithJiti(file);
    }
  }

  return async (file) => {
    const place = await realpath(file);
    return importOnce(place, isCompiled(place) ? importTypeScript : importNatively);
  };
}

const underWay = new Map<string, Promise<ModuleExports>>();

/**
 * jiti knows no modules that are still being loaded by another call. A file that imports the program which loads it would be
 * evaluated again and again; so it waits for itself, as under `import()`, and whoever imports it can notice that.
 */
function importOnce(file: string, load: ImportModule): Promise<ModuleExports> {
  const earlier = underWay.get(file);
  if (earlier !== undefined) return earlier;
  const loading = load(file)
    .then(unwrapCompiled)
    .finally(() => underWay.delete(file));
  underWay.set(file, loading);
  return loading;
}

/**
 * Of a module that was compiled to CommonJS, Node gives `module.exports` as the default export. What its author exported is inside, and
 * Node finds the names of it in the output of some compilers only.
 */
function unwrapCompiled(exports: ModuleExports): ModuleExports {
  const { default: inner, ...named } = exports;
  return typeof inner === "object" && inner !== null && "__esModule" in inner ? { ...named, ...inner } : exports;
}

async function importNatively(file: string): Promise<ModuleExports> {
  return (await import(pathToFileURL(file).href)) as ModuleExports;
}

function isUnreadable(error: unknown, file: string): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_UNKNOWN_FILE_EXTENSION" && error.message.includes(file);
}
