import { hash } from "node:crypto";

/**
 * Names lines that have no name of their own: by `prefix`, by what they say, and by how many lines before say the same. So two lines are
 * never one event, a file that is read again gets the same names, and a line that comes or goes changes those of no others but its equals
 * behind it.
 */
export function createLineIdentities(prefix: string): (text: string) => string {
  const count = createCounter();
  return (text) => {
    const digest = hash("sha256", text, "hex").slice(0, 32);
    const before = count(digest);
    return `${prefix}-${digest}${before === 0 ? "" : `-${before + 1}`}`;
  };
}

// A map holds 16 million keys. There may be more lines, so there are several.
const SHARDS = 256;

/** How often a digest came before. Each takes some 40 bytes. */
function createCounter(): (digest: string) => number {
  const shards = Array.from({ length: SHARDS }, () => new Map<number, number>());
  return (digest) => {
    // 52 bits are enough: two lines with one key keep their own names, of which one has a number too many.
    const key = Number.parseInt(digest.slice(0, 13), 16);
    const shard = shards[key % SHARDS]!;
    const before = shard.get(key) ?? 0;
    shard.set(key, before + 1);
    return before;
  };
}
