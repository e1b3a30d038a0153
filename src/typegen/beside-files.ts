import { dirname, join } from "node:path";
import { isBelow, relativePath, relativeSpecifier } from "./project-path.ts";
import { firstLine, registerPath, typesFolder, type VirtualFile } from "./virtual-file.ts";

/** One type that a file of the domain imports from beside it. */
export interface Declaration {
  /** The file of the domain, as an absolute path. */
  readonly file: string;
  /** What it is imported by: `./+types/<name>`. */
  readonly name: string;
  readonly namespace: "ProcessManager" | "Command" | "Policy";
  /** `at` is the path of the declaration's file: what it imports starts from there. */
  readonly type: string | ((at: string) => string);
}

/** The `+types` files, each with the declarations that have its path. A file outside of the project's folder has no mirror in it. */
export function generateBeside(root: string, declarations: readonly Declaration[]): readonly VirtualFile[] {
  const byPath = new Map<string, Declaration[]>();
  for (const declaration of declarations) {
    const { file, name } = declaration;
    if (!isBelow(root, file)) continue;
    const path = `${typesFolder}/${relativePath(root, join(dirname(file), "+types", name))}.d.ts`;
    // The index of a process on-order-placed and its handler of that name share one.
    byPath.set(path, [...(byPath.get(path) ?? []), declaration]);
  }
  return [...byPath].map(([path, group]) => ({ path, text: writeText(path, group) }));
}

function writeText(path: string, group: readonly Declaration[]): string {
  const lines = [
    firstLine,
    'import type * as Perdure from "perdure";',
    `import type * as Domain from "${relativeSpecifier(path, registerPath)}";`,
    "",
    `export declare namespace ${group[0]?.namespace} {`,
    ...group.map(({ type }) => `  type ${typeof type === "string" ? type : type(path)};`),
    "}",
  ];
  return `${lines.join("\n")}\n`;
}
