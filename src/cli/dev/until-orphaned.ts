import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";

// A look is two calls of the operating system.
const LOOK_MS = 500;

/**
 * Resolves when the package manager is gone that has started this OS process, as `npm run dev` and `npx perdure dev` do, and never where none has.
 * One that is killed tells nobody: it takes neither the shell with it that it has started for a script, nor what that shell has started. Waiting
 * keeps no OS process alive.
 */
export async function untilOrphaned(): Promise<void> {
  // Whoever starts it by hand may end the shell and leave it running, by nohup.
  if (process.env.npm_config_user_agent === undefined) return new Promise(() => {});
  const parent = process.ppid;
  const above = await findAboveShell(parent);
  // Bun asks for its parent once, so that the parent itself is asked too.
  const isGone = () => process.ppid !== parent || !isAlive(parent) || (above !== undefined && !isAlive(above));
  await new Promise<void>((resolve) => {
    const look = setInterval(() => {
      if (!isGone()) return;
      clearInterval(look);
      resolve();
    }, LOOK_MS);
    look.unref();
  });
}

const shells = new Set(["sh", "ash", "dash", "bash", "zsh", "ksh", "busybox"]);

/** Who has started the shell `pid`; `undefined` if that is no shell, or nobody can tell. */
async function findAboveShell(pid: number): Promise<number | undefined> {
  const [program = "", above] = (await readFromProc(pid)) ?? (await askPs(pid)) ?? [];
  // A shell that somebody has logged in by has a dash before its name.
  return shells.has(basename(program).replace(/^-/, "")) ? Number(above) : undefined;
}

/** The program of an OS process and its parent. */
type ProgramAndParent = readonly [program: string, parent: string];

// Linux says it in a file, also in an image without ps.
async function readFromProc(pid: number): Promise<ProgramAndParent | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const [, program, parent] = /^\d+ \((.*)\) \S (\d+) /s.exec(text) ?? [];
  return program === undefined || parent === undefined ? undefined : [program, parent];
}

function askPs(pid: number): Promise<ProgramAndParent | undefined> {
  return new Promise((resolve) => {
    execFile("ps", ["-o", "ppid=,comm=", "-p", String(pid)], (error, stdout) => {
      const [, parent, program] = /^\s*(\d+)\s+(.*?)\s*$/.exec(stdout) ?? [];
      resolve(error !== null || program === undefined || parent === undefined ? undefined : [program, parent]);
    });
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It lives, and belongs to another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
