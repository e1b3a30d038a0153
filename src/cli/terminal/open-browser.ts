import { spawn } from "node:child_process";

/** Has the operating system open an address in the browser. It does not wait for it. */
export function openBrowser(url: string, onError: (error: unknown) => void): void {
  const [program, ...args] = commandFor(process.platform, url);
  spawn(program, args, { stdio: "ignore", detached: true }).on("error", onError).unref();
}

/** A URL has no character in it that a shell of Windows takes for its own, because the port and the token are all it has. */
function commandFor(platform: NodeJS.Platform, url: string): readonly [string, ...string[]] {
  if (platform === "darwin") return ["open", url];
  return platform === "win32" ? ["cmd", "/c", "start", "", url] : ["xdg-open", url];
}
