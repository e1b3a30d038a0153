import { createRequire } from "node:module";
import type { createJiti, Jiti, JitiOptions, TransformOptions, TransformResult } from "jiti";
import { errorToText, ProcessError } from "../../errors.ts";
import { findPackageManager } from "../../platform/package-manager.ts";
import type { ModuleExports } from "./import-module.ts";
import { compiledExtensions } from "./module-extensions.ts";

/**
 * Compiles a TypeScript file, and those that it imports, with jiti, and evaluates them.
 * @throws what the file throws; ProcessError `INSTALLATION_BROKEN` if jiti is missing or damaged
 */
export async function importWithJiti(file: string): Promise<ModuleExports> {
  const { jiti, unreadable } = createCompiler(file, loadJiti());
  const exports = await jiti.import<ModuleExports>(file).catch((error: unknown) => {
    throw unreadable !== undefined && isMissing(error)
      ? new Error(
          `${errorToText(error)}; paths of a tsconfig.json were left alone, because it cannot be read: ${errorToText(unreadable)}`,
          { cause: error },
        )
      : error;
  });
  return isCommonJs(exports) ? { ...exports, default: exports } : exports;
}

type Create = typeof createJiti;

const require = createRequire(import.meta.url);

// Only here, because loading jiti takes longer than all of Perdure's own modules, and a program without TypeScript does without it. Required,
// because import() would first read through all of it for the names that it exports.
function loadJiti(): Create {
  try {
    return (require("jiti") as { readonly createJiti: Create }).createJiti;
  } catch (error) {
    throw new ProcessError("INSTALLATION_BROKEN", `jiti, which reads TypeScript, cannot be loaded: ${errorToText(error).split("\n")[0]}`, {
      hint: `Run \`${findPackageManager().install}\`.`,
      cause: error,
    });
  }
}

interface Compiler {
  readonly jiti: Jiti;
  /** Why the tsconfig.json could not be read, if that is so. */
  readonly unreadable?: unknown;
}

function createCompiler(file: string, create: Create): Compiler {
  // jiti loads only what has to be compiled. Node's import() loads everything else, so that a CommonJS package has the shape that Node gives it:
  // jiti would take it from the require cache as soon as anybody had loaded it, without a default export.
  // Without interopDefault the namespace is the real one: no default export appears that the user did not write.
  // Lines keep their numbers in what jiti emits, and the source map serves debuggers.
  const options: JitiOptions = {
    extensions: [...compiledExtensions],
    interopDefault: false,
    sourceMaps: true,
    jsx: { runtime: "automatic" },
    transform: (toCompile) => transform(toCompile, create),
  };
  try {
    return { jiti: create(file, { ...options, tsconfigPaths: true }) };
  } catch (unreadable) {
    // The tsconfig.json may extend a package that is not there in production, where nothing else needs that package.
    return { jiti: create(file, options), unreadable };
  }
}

let compiler: Jiti | undefined;

// A file that is required, not imported, requires in turn what it imports, and a CommonJS package has no default export then but the
// one that TypeScript's output gives it.
function transform(options: TransformOptions, create: Create): TransformResult {
  // Not before a file has to be compiled: what was compiled once is in jiti's cache.
  compiler ??= create(import.meta.url, { fsCache: false });
  return { code: compiler.transform({ ...options, interopDefault: options.async !== true }) };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "MODULE_NOT_FOUND" || error.code === "ERR_MODULE_NOT_FOUND");
}

/** Whether a file says `module.exports =` or `export =`; Node gives that as the default export. */
function isCommonJs(exports: ModuleExports): boolean {
  return !("__esModule" in exports) && (typeof exports === "function" || Object.keys(exports).length > 0);
}
