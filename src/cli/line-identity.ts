import { hash } from "node:crypto";

/**
 * Names lines that have no name of their own: by `prefix`, by what they say, and by how many lines before say the same. So two lines are never one event,
 * a file that is read again gets the same names, and a line that comes or goes changes those of no others but its equals behind it.
 */
export function createLineIdentities(prefix: string): (text: string) => string {
  const count = createLineCounter();
  return (text) => `${prefix}-${hash("sha1", `${count(text)}\n${text}`, "base64url")}`;
}

// A map holds 16 million keys. There may be more lines, so there are several.
const SHARDS = 256;

/** How many lines before said the same. A line costs some 50 bytes. */
function createLineCounter(): (text: string) => number {
  const shards = Array.from({ length: SHARDS }, () => new Map<number, number>());
  return (text) => {
    // 53 bits: two lines with one key would count as equals, which costs them nothing but their names when the other comes or goes.
    const key = Number.parseInt(hash("sha1", text, "hex").slice(0, 13), 16);
    const shard = shards[key % SHARDS]!;
    const before = shard.get(key) ?? 0;
    shard.set(key, before + 1);
    return before;
  };
}
