import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { threadId } from "node:worker_threads";

/**
 * Who holds a lease, as a name that others can judge it by: `host:pid:id:machine:startedAt:thread`. `machine` tells apart what may share
 * a host name and process ids: two containers, two machines, one machine before and after it was started again. It and `startedAt` are
 * empty where the system does not tell them; the names of earlier versions end after `id`.
 */
export function nameOwner(id: string): string {
  const { machine, startedAt } = readSelf();
  return [hostname(), process.pid, id, machine, startedAt, threadId].join(":");
}

/** An owner without the parts that only tell it apart: `host:pid:id`. */
export function nameBriefly(owner: string): string {
  return owner.split(":", 3).join(":");
}

/** Where an owner runs. */
export function locateOwner(owner: string): { readonly host: string; readonly pid: number } {
  const { host, pid } = parseOwner(owner);
  return { host, pid };
}

/**
 * Whether an owner's OS process has certainly ended. Of an owner on another machine, in another container, in this very OS process (be it
 * another thread or another copy of this package), or of one that says too little, only the expiry of its lease can tell.
 */
export function isOwnerGone(owner: string): boolean {
  const { host, pid, machine, startedAt } = parseOwner(owner);
  if (machine === "" || machine !== readSelf().machine || host !== hostname()) return false;
  if (!isRunning(pid)) return true;
  const startedNow = readStart(pid);
  // The process id has been given to another OS process since.
  return startedAt !== "" && startedNow !== undefined && startedNow !== startedAt;
}

/** Whether an owner's OS process certainly runs: another one than this, on this machine. */
export function isOwnerRunning(owner: string): boolean {
  const { host, pid, machine, startedAt } = parseOwner(owner);
  if (machine === "" || machine !== readSelf().machine || host !== hostname() || pid === process.pid) return false;
  return isRunning(pid) && startedAt !== "" && readStart(pid) === startedAt;
}

function parseOwner(owner: string) {
  const [host = "", pid = "", , machine = "", startedAt = ""] = owner.split(":");
  return { host, pid: Number(pid), machine, startedAt };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

interface Self {
  readonly machine: string;
  readonly startedAt: string;
}

let self: Self | undefined;

function readSelf(): Self {
  return (self ??= { machine: readMachine(), startedAt: readStart(process.pid) ?? "" });
}

/** The kernel that runs and the process ids that it shows here; empty where that cannot be told. */
function readMachine(): string {
  // On these systems, process ids are the machine's own.
  if (process.platform === "darwin" || process.platform === "win32") return process.platform;
  const boot = readText("/proc/sys/kernel/random/boot_id")?.trim();
  const [pids] = tryRead(() => readlinkSync("/proc/self/ns/pid"))?.match(/\d+/) ?? [];
  // The /proc of another container shows this OS process under another id.
  const isOwn = readText("/proc/self/stat")?.startsWith(`${process.pid} `) === true;
  return boot !== undefined && pids !== undefined && isOwn ? `${boot}/${pids}` : "";
}

/** When an OS process was started, in the kernel's ticks since it booted. */
function readStart(pid: number): string | undefined {
  // The name of the program, in parentheses, may hold anything; the start is the 20th field after it.
  const stat = readText(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function readText(path: string): string | undefined {
  return tryRead(() => readFileSync(path, "utf8"));
}

function tryRead(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
