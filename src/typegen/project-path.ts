import { basename, extname, isAbsolute, posix, relative, sep } from "node:path";

/** The name of a file without its extension. */
export function stemOf(file: string): string {
  return basename(file, extname(file));
}

/** The path of a file from the project's folder, with `/` between the parts. */
export function relativePath(root: string, file: string): string {
  return relative(root, file).replaceAll(sep, "/");
}

export function isBelow(root: string, file: string): boolean {
  const path = relative(root, file);
  return path !== "" && path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

/**
 * How the file at one path names the other, both from the project's folder. The ending is that of the JavaScript, which TypeScript
 * follows to the source or to the declaration under every `moduleResolution`.
 */
export function relativeSpecifier(from: string, to: string): string {
  const path = posix
    .relative(posix.dirname(from), to)
    .replace(/\.d\.ts$/, ".js")
    .replace(/\.(m?)ts$/, ".$1js");
  return path.startsWith(".") ? path : `./${path}`;
}
