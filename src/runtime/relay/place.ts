import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync, type Stats } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deriveId, systemIds } from "../../platform/ids.ts";

/** Where the worker of a store is reached. */
export interface Place {
  /** The path of a Unix socket, or the name of a named pipe. */
  readonly address: string;
  /** Whether `address` is a file. On Windows it is none. */
  readonly isFile: boolean;
  /** The folder of the socket, if it is one that only its owner may enter; `undefined`: the socket lies beside the store. */
  readonly privateFolder: string | undefined;
}

// An operating system keeps 104 bytes for the path of a socket, or a few more, and the last is a zero.
const LONGEST_PATH = 103;

// What the path of a socket has at its end before the socket has its mode and its name.
const LONGEST_SUFFIX = 8;

/** The OS processes that have a file open find one place by its path, which is absolute and has no links. */
export function findPlace(path: string, platform: string = process.platform): Place {
  if (platform === "win32") return { address: `\\\\.\\pipe\\perdure-${deriveId(path)}`, isFile: false, privateFolder: undefined };
  const beside = `${path}-relay`;
  if (Buffer.byteLength(beside) + LONGEST_SUFFIX <= LONGEST_PATH) return { address: beside, isFile: true, privateFolder: undefined };
  const privateFolder = join(tmpdir(), `perdure-${readUser() ?? "anybody"}`);
  return { address: join(privateFolder, deriveId(path)), isFile: true, privateFolder };
}

/**
 * Why nothing of one's own is to be said at a place: somebody else could listen there. `undefined`: nothing is wrong, or nobody listens.
 * `user` is the id of the user who asks, if the operating system has such ids.
 */
export function findStranger({ address, isFile, privateFolder }: Place, user = readUser()): string | undefined {
  if (!isFile) return undefined;
  const folder = privateFolder === undefined ? undefined : look(privateFolder);
  if (folder !== undefined) {
    if (!folder.isDirectory()) return `${privateFolder} is no folder`;
    if (user !== undefined && folder.uid !== user) return `${privateFolder} belongs to another user`;
    if ((folder.mode & 0o077) !== 0) return `${privateFolder} may be entered by other users`;
  }
  const socket = look(address);
  if (socket === undefined) return undefined;
  if (!socket.isSocket()) return `${address} is no socket`;
  return user !== undefined && socket.uid !== user ? `${address} belongs to another user` : undefined;
}

/** A socket that was put at its place, and no other that may be there later. */
export interface Settled {
  /** Takes it away, unless another worker has put its own there. */
  clear(): void;
}

/**
 * Has `listen` make a socket, and puts the socket at its place when it has its mode, in one step: in place of one that a worker has left
 * behind, and of nothing else. Call it only while the lease is held, because then nobody listens there any more who may take events.
 * @throws Error if the place is not free for it
 */
export function settleAt(place: Place, listen: (address: string) => void): Settled {
  const { address, privateFolder } = place;
  if (!place.isFile) {
    listen(address);
    return NOTHING;
  }
  if (privateFolder !== undefined) mkdirSync(privateFolder, { recursive: true, mode: 0o700 });
  const stranger = findStranger(place);
  if (stranger !== undefined) throw new Error(stranger);
  const made = `${address}.${systemIds.next().slice(1 - LONGEST_SUFFIX)}`;
  listen(made);
  const socket = look(made);
  // Whoever listens is told by an event that the socket could not be made.
  if (socket === undefined) return NOTHING;
  try {
    chmodSync(made, 0o600);
    renameSync(made, address);
  } catch (error) {
    rmSync(made, { force: true });
    throw error;
  }
  return {
    clear: () => {
      const there = look(address);
      if (there?.ino === socket.ino && there.dev === socket.dev) rmSync(address, { force: true });
    },
  };
}

const NOTHING: Settled = { clear: () => {} };

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function readUser(): number | undefined {
  return process.getuid?.();
}
