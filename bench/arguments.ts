import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

export interface BenchArguments {
  readonly isQuick: boolean;
  /** Names of cases; all if `undefined`. */
  readonly only: readonly string[] | undefined;
  /** Where the figures are written as JSON. */
  readonly json: string;
}

/** @throws an error that says which argument is wrong */
export function readArguments(given: readonly string[], known: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...given],
    options: {
      quick: { type: "boolean", default: false },
      peers: { type: "boolean", default: false },
      only: { type: "string" },
      json: { type: "string" },
    },
  });
  // The peers alone, unless other cases are named as well.
  const only = values.peers ? [...(values.only?.split(",") ?? []), "peers"] : values.only?.split(",");
  const unknown = only?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--only names ${unknown}; the cases are ${known.join(", ")}`);
  return { isQuick: values.quick, only, json: values.json ?? join(tmpdir(), "perdure-bench.json") };
}
