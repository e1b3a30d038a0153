import { isAbsolute, relative, sep } from "node:path";

/** A path as its user would recognise it: relative when it lies below the working directory, absolute otherwise. */
export function displayPath(path: string, cwd: string = process.cwd()): string {
  const way = relative(cwd, path);
  const isBelow = way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  return isBelow ? way : path;
}
