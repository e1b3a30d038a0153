import type { SendProgress } from "./send-file.ts";

const BAR = 24;

/** One line that says how far a file has been sent. */
export function formatProgress({ counts, share }: SendProgress): string {
  const sent = `${counts.accepted + counts.kept + counts.duplicate + counts.unrouted} events`;
  if (share === undefined) return sent;
  const full = Math.round(share * BAR);
  return `${"█".repeat(full)}${"░".repeat(BAR - full)} ${Math.floor(share * 100)}%  ${sent}`;
}
