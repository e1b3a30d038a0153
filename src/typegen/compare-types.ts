import { firstLine, type VirtualFile } from "./virtual-file.ts";

/** How the generated files differ from what is there, by path. */
export interface TypesDrift {
  readonly missing: readonly string[];
  readonly changed: readonly string[];
  /** Generated before, and of no file of the domain any more. */
  readonly stale: readonly string[];
  /** In the place of a generated file there is one that Perdure has not written. It is left alone. */
  readonly foreign: readonly string[];
  readonly unchanged: readonly string[];
}

/** Compares what should be with what is there: `found` holds the text of every file in the folder of the types, by path. */
export function compareTypes(files: readonly VirtualFile[], found: ReadonlyMap<string, string>): TypesDrift {
  const wanted = new Set(files.map(({ path }) => path));
  const withState = (state: FileState) => files.filter((file) => stateOf(file, found.get(file.path)) === state).map(({ path }) => path);
  return {
    missing: withState("missing"),
    changed: withState("changed"),
    stale: [...found].filter(([path, text]) => !wanted.has(path) && isGenerated(text)).map(([path]) => path),
    foreign: withState("foreign"),
    unchanged: withState("unchanged"),
  };
}

/** Whether the types have to be generated anew, or cannot be. */
export function hasDrift({ missing, changed, stale, foreign }: TypesDrift): boolean {
  return missing.length + changed.length + stale.length + foreign.length > 0;
}

type FileState = "missing" | "changed" | "foreign" | "unchanged";

function stateOf({ text }: VirtualFile, found: string | undefined): FileState {
  if (found === undefined) return "missing";
  // Git may have checked the files out with the line ends of Windows.
  if (found.replaceAll("\r\n", "\n") === text) return "unchanged";
  return isGenerated(found) ? "changed" : "foreign";
}

function isGenerated(text: string): boolean {
  return text.split(/\r?\n/, 1)[0] === firstLine;
}
