import { fileURLToPath } from "node:url";
import { drawDomain, type DrawDomainOptions } from "perdure";

/** A domain that has something of each kind. */
export const shop = fileURLToPath(new URL("shop", import.meta.url));

export interface JsonMap {
  readonly nodes: readonly { readonly kind: string; readonly name: string; readonly note?: string; readonly description?: string }[];
  readonly arrows: readonly {
    readonly from: { readonly kind: string; readonly name: string };
    readonly to: { readonly kind: string; readonly name: string };
    readonly how: readonly string[];
    readonly found: boolean;
    readonly by?: readonly string[];
  }[];
}

export async function readMap(options: DrawDomainOptions): Promise<JsonMap> {
  return JSON.parse(await drawDomain({ ...options, format: "json" })) as JsonMap;
}

/** The arrows as sentences; those that were found in code begin with a question mark. */
export function tell({ arrows }: JsonMap): readonly string[] {
  return arrows.map(
    ({ from, to, how, found, by }) =>
      `${found ? "? " : ""}${from.name} ${how.join("+")} ${to.name}${by === undefined ? "" : ` (${by.join(", ")})`}`,
  );
}
