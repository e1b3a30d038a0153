import { existsSync, readFileSync } from "node:fs";

let found: URL | undefined;

/**
 * The folder of this package, which ends with `/`. It is looked for from this file upwards, because the build puts code of many files into one,
 * which lies elsewhere.
 */
export function findPackageFolder(): URL {
  return (found ??= findUpwards(new URL("./", import.meta.url)));
}

/** The version of this package. */
export function readPackageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("package.json", findPackageFolder()), "utf8")) as { readonly version: string };
  return version;
}

function findUpwards(folder: URL): URL {
  const above = new URL("../", folder);
  // At the root, whoever reads a file there says that it is missing.
  return existsSync(new URL("package.json", folder)) || above.href === folder.href ? folder : findUpwards(above);
}
