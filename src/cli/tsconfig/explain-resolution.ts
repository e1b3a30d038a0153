import { isObject, readJsonObject } from "./patch-json.ts";

/** The compiler options, with what they inherit, that decide how imports are resolved. */
export interface ResolutionOptions {
  readonly module?: unknown;
  readonly moduleResolution?: unknown;
}

/** The options that a tsconfig.json sets itself; none if the file cannot be read. */
export function readResolutionOptions(text: string): ResolutionOptions {
  const read = readJsonObject(text, "tsconfig.json");
  const compilerOptions = "value" in read ? read.value["compilerOptions"] : undefined;
  return isObject(compilerOptions) ? compilerOptions : {};
}

/**
 * What to tell a user whose compiler does not resolve `./+types/on-order-placed` as it stands; `undefined` when it does, or when
 * nothing says how it resolves. Measured with TypeScript 5.9 and 7.
 */
export function explainResolution(options: ResolutionOptions): string | undefined {
  const resolution = readResolution(options);
  if (resolution === undefined || resolution === "bundler") return undefined;
  if (wantsExtensions(options)) {
    return `Under moduleResolution ${resolution} TypeScript wants an extension on relative imports: write "./+types/on-order-placed.js" or "./+types/on-order-placed.ts", or set moduleResolution to "bundler".`;
  }
  return `Under moduleResolution ${resolution} TypeScript does not find perdure, because it does not read the exports of packages: set moduleResolution to "bundler" or "nodenext".`;
}

/** Whether TypeScript wants an extension on relative imports. */
export function wantsExtensions(options: ResolutionOptions): boolean {
  return ["node16", "nodenext"].includes(readResolution(options) ?? "");
}

function readResolution({ module, moduleResolution }: ResolutionOptions): string | undefined {
  if (typeof moduleResolution === "string") return moduleResolution.toLowerCase();
  const kind = typeof module === "string" ? module.toLowerCase() : "";
  if (kind === "nodenext") return kind;
  return /^node\d/.test(kind) ? "node16" : undefined;
}
