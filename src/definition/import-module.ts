import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { createJiti } from "jiti";

/** Loads a user's file, named by its absolute path, and resolves with its exports. Rejects with what the file throws. */
export type ImportModule = (file: string) => Promise<Readonly<Record<string, unknown>>>;

/**
 * Native `import()` for `.js` and `.mjs`; jiti for `.ts` and `.mts`, since Node 20 reads no TypeScript. Modules are
 * evaluated once and shared: a TypeScript file, a JavaScript file and the program itself see the same instance of what
 * they all import. Like all of Node's modules they stay loaded, so a changed file is read by the next OS process.
 */
export function createImportModule(): ImportModule {
  // Without interopDefault the namespace is the real one: no default export appears that the user did not write.
  // Lines keep their numbers in what jiti emits, and the source map serves debuggers.
  const jiti = createJiti(import.meta.url, { interopDefault: false, sourceMaps: true });
  return async (file) => {
    const isTypeScript = [".ts", ".mts"].includes(extname(file));
    return isTypeScript
      ? jiti.import<Record<string, unknown>>(file)
      : ((await import(pathToFileURL(file).href)) as Record<string, unknown>);
  };
}
