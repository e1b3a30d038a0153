// The ranges that Perdure itself is tested with.
import perdure from "../../package.json" with { type: "json" };

export const perdureVersion = perdure.version;
export const perdureRange = `^${perdure.version}`;
export const nodeRange = perdure.engines.node;

/** The ranges of `names` that Perdure's own package.json has. */
export function rangesOf(names: readonly (keyof typeof perdure.devDependencies)[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, perdure.devDependencies[name]]));
}
