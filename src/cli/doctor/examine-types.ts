import { existsSync } from "node:fs";
import { join } from "node:path";
import { discoverDomain } from "../../definition/read/discover.ts";
import type { SystemOptions } from "../../system/system-options.ts";
import { hasDrift } from "../../typegen/compare-types.ts";
import { generateTypes } from "../../typegen/generate-types.ts";
import { checkTypes } from "../../typegen/write-types.ts";
import { explainMissedTypes } from "../tsconfig/tsconfig.ts";
import type { Finding } from "./finding.ts";

const about = "types";

/** Whether the generated types below `root` match the domain. */
export async function examineTypes(root: string, { domain }: SystemOptions): Promise<Finding> {
  if (!existsSync(join(root, "tsconfig.json"))) return { about, state: "ok", text: "there is no tsconfig.json, so no types are needed" };
  const { aggregates } = await discoverDomain(domain);
  const drift = await checkTypes(root, generateTypes({ root, aggregates }));
  if (!hasDrift(drift)) return describeCurrent(root);
  const isNew = drift.changed.length + drift.unchanged.length + drift.stale.length === 0;
  return {
    about,
    state: "warning",
    text: isNew ? "types were never generated" : "the generated types are behind the domain",
    fix: "Run `perdure typegen`.",
  };
}

function describeCurrent(root: string): Finding {
  const advice = explainMissedTypes(root);
  const text = "the generated types are up to date";
  return advice === undefined
    ? { about, state: "ok", text }
    : { about, state: "warning", text: `${text}, and TypeScript does not find them`, fix: advice };
}
