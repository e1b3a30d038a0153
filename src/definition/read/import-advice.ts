import { findTypeScriptReader, type TypeScriptReader } from "./typescript-reader.ts";

/** What to do about an import that failed because of who reads the file, after a space; nothing for other errors. */
export function adviseImport(error: unknown, reader: TypeScriptReader = findTypeScriptReader()): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (reader === "node" && isOfStripping(error, code)) {
    return " Node itself reads the TypeScript of this program: it takes no enums and other syntax that has to be compiled, no .tsx, no TypeScript under node_modules, no paths of a tsconfig.json, and imports only with the file's full name. Keep to that, or run the program with tsx.";
  }
  if (code === "ERR_UNKNOWN_FILE_EXTENSION") {
    return " Node, which loads JavaScript files and what they import, reads no such file: import it from a TypeScript file, compile it, or run the program with tsx.";
  }
  return "";
}

function isOfStripping(error: unknown, code: string): boolean {
  return error instanceof SyntaxError || code.includes("TYPESCRIPT") || code.includes("TYPE_STRIPPING") || strippingCodes.includes(code);
}

const strippingCodes = ["ERR_UNKNOWN_FILE_EXTENSION", "ERR_MODULE_NOT_FOUND", "ERR_UNSUPPORTED_DIR_IMPORT"];
