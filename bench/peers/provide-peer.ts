import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Peer, PeerName } from "./peer.ts";

/**
 * The folder of a peer's packages, which are installed only once, in `PERDURE_PEERS` or `~/.cache/perdure-peers`, and never into the repository.
 * @throws if they cannot be installed
 */
export function providePeer(name: PeerName, { packages }: Peer): string {
  const kept = process.env["PERDURE_PEERS"] ?? join(homedir(), ".cache/perdure-peers");
  const folder = join(kept, name);
  if (packages.length === 0 || existsSync(folder)) return folder;
  mkdirSync(kept, { recursive: true });
  // Beside its place, so that what is there is whole.
  const unfinished = mkdtempSync(join(kept, "unfinished-"));
  try {
    writeFileSync(join(unfinished, "package.json"), "{}");
    const { status, stderr } = spawnSync("npm", ["install", "--no-audit", "--no-fund", ...packages], { cwd: unfinished, encoding: "utf8" });
    if (status !== 0) throw new Error(`npm could not install ${packages.join(" ")}: ${stderr}`);
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}
