import { fstatSync, writeSync } from "node:fs";

/** A stream that commands write to: one of `process`, or a test's. */
export interface OutputStream {
  readonly fd?: number;
  readonly isTTY?: boolean;
  readonly columns?: number;
  hasColors?(): boolean;
  write(text: string, done?: () => void): unknown;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/** Writing never throws and never ends the OS process: whoever reads may be gone, and a disk may be full. */
export interface Output {
  write(text: string): void;
  /** The first error of writing. */
  readonly loss: NodeJS.ErrnoException | undefined;
  /** Resolves when something could not be written. */
  readonly lost: Promise<void>;
  /** Resolves when everything is written, or lost. */
  flush(): Promise<void>;
}

export function createOutput(stream: OutputStream): Output {
  let loss: NodeJS.ErrnoException | undefined;
  let tell = () => {};
  const lost = new Promise<void>((resolve) => (tell = resolve));
  const lose = (error: NodeJS.ErrnoException) => {
    loss ??= error;
    tell();
  };
  stream.on("error", lose);
  const { fd } = stream;
  // As big integers, because what `fstatSync` has found otherwise stays behind in Node 20: the next `import` of a linked package is then taken
  // to be a pipe, and is not followed to its real place.
  const isFile = fd !== undefined && fstatSync(fd, { bigint: true }).isFile();
  return {
    write: (text) => {
      // Later texts are tried all the same, because a disk may have room again, and a named pipe may have another reader.
      if (!isFile) stream.write(text);
      else {
        try {
          writeWhole(fd, Buffer.from(text));
        } catch (error) {
          lose(error as NodeJS.ErrnoException);
        }
      }
    },
    get loss() {
      return loss;
    },
    lost,
    flush: () => new Promise((resolve) => stream.write("", () => resolve())),
  };
}

// A disk that is nearly full writes a part of the text, and Node's own stream believes that it wrote all of it.
function writeWhole(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}
