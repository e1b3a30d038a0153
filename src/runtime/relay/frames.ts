/** The longest message, in bytes. */
export const LONGEST_FRAME = 32_000_000;

const HEADER = 4;

/** A message as it is sent: the length of its JSON text in four bytes, and the text in UTF-8. */
export function writeFrame(message: object): Buffer {
  const text = JSON.stringify(message);
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(HEADER + length);
  frame.writeUInt32BE(length);
  frame.write(text, HEADER);
  return frame;
}

/** Puts messages together again. What is left of one that was cut off is never handed on. */
export interface FrameReader {
  /**
   * The messages that are complete with `chunk`.
   * @throws Error for a message that is too long, or is no JSON
   */
  read(chunk: Buffer): readonly unknown[];
}

export function createFrameReader(): FrameReader {
  let chunks: Buffer[] = [];
  let held = 0;
  /** How many bytes have to be there before there is anything to read. */
  let wanted = HEADER;
  return {
    read: (chunk) => {
      chunks.push(chunk);
      held += chunk.length;
      // What comes in many pieces is put together once, because copying it for each piece would take longer with each.
      if (held < wanted) return [];
      let rest = chunks.length === 1 ? chunk : Buffer.concat(chunks, held);
      const messages: unknown[] = [];
      for (wanted = lengthOf(rest); rest.length >= wanted; wanted = lengthOf(rest)) {
        messages.push(JSON.parse(rest.toString("utf8", HEADER, wanted)));
        rest = rest.subarray(wanted);
      }
      chunks = rest.length === 0 ? [] : [rest];
      held = rest.length;
      return messages;
    },
  };
}

/** How long the first frame is with its header; that of the header alone while this is not known. */
function lengthOf(bytes: Buffer): number {
  if (bytes.length < HEADER) return HEADER;
  const length = bytes.readUInt32BE();
  if (length === 0 || length > LONGEST_FRAME) throw new Error(`a message of ${length} bytes`);
  return HEADER + length;
}
