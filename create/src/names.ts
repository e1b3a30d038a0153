import { builtinModules } from "node:module";

const MOST_LETTERS = 214;

/** Why `name` cannot be the name in the package.json of a project that depends on `dependencies`; `undefined` if it can. */
export function findNameProblem(name: string, dependencies: readonly string[]): string | undefined {
  if (name === "") return "is empty";
  if (name.length > MOST_LETTERS) return `has ${name.length} letters, and may have ${MOST_LETTERS}`;
  if (!/^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(name))
    return 'has to consist of small letters, digits, "-", "_" and ".", and to begin with a letter or a digit';
  if (dependencies.includes(name)) return "is a package that the project depends on, and a package cannot depend on itself";
  if (name === "node_modules" || builtinModules.includes(name)) return "is reserved for Node";
  return undefined;
}

/** A name like `text` that a package may have, if there is any letter to go by. */
export function suggestName(text: string): string | undefined {
  const name = text
    .normalize("NFD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9._~-]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "")
    .slice(0, MOST_LETTERS);
  return name === "" ? undefined : name;
}
