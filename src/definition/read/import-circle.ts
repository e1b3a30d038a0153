import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { displayPath } from "../report/display-path.ts";
import { compiledExtensions, moduleExtensions } from "./module-extensions.ts";

/**
 * Why the import of `file` waits for ever, as far as the sources tell: the way over relative imports to a module that creates a system,
 * which waits for the import in turn; otherwise in general.
 */
export function describeCircle(file: string): string {
  const way = findCreator(file);
  if (way === undefined) return "it, or what it imports, awaits something at its top level that never happens";
  const [first, ...others] = way.map((path) => displayPath(path));
  if (first === undefined || others.length === 0) return "it creates the system itself, and that waits for this import";
  return `${first} imports ${others.join(", which imports ")}; that creates the system, which waits for this import`;
}

/** The shortest way from `file` to a module that creates a system, both included. */
function findCreator(file: string): readonly string[] | undefined {
  const seen = new Set([file]);
  for (let ways: readonly (readonly string[])[] = [[file]]; ways.length > 0;) {
    const texts = ways.map((way) => ({ way, text: readText(way.at(-1)!) }));
    const found = texts.find(({ text }) => /\bcreate(?:Process|Test)System\s*\(/.test(text));
    if (found !== undefined) return found.way;
    ways = texts.flatMap(({ way, text }) =>
      listImports(way.at(-1)!, text)
        .filter((path) => !seen.has(path) && seen.add(path))
        .map((path) => [...way, path]),
    );
  }
  return undefined;
}

function listImports(file: string, text: string): readonly string[] {
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*["'](\.[^"']*)["']/g)].map(([, specifier = ""]) => specifier);
  return specifiers.flatMap((specifier) => resolveRelative(join(dirname(file), specifier)) ?? []);
}

/** The file that a relative import means; TypeScript may be named without its extension, or with that of its output. */
function resolveRelative(path: string): string | undefined {
  const stem = path.slice(0, path.length - extname(path).length);
  const places = [
    ...(extname(path) === "" ? [] : [path, ...compiledExtensions.map((extension) => stem + extension)]),
    ...moduleExtensions.flatMap((extension) => [path + extension, join(path, `index${extension}`)]),
  ];
  return places.find((place) => existsSync(place));
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // A file that cannot be read leads nowhere, because this is only a guess about an import that hangs.
    return "";
  }
}
