import { describe, expect, test as it } from "vitest";
import { readLines } from "../../src/cli/send/read-lines.ts";

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(given: string | Buffer, { chunk = 7, longest = 1_000 } = {}): Promise<readonly (readonly [number, string])[]> {
  const lines: (readonly [number, string])[] = [];
  for await (const { number, text } of readLines(inChunks(Buffer.from(given as string), chunk), longest)) lines.push([number, text]);
  return lines;
}

describe("the lines of a file", () => {
  it.each([1, 3, 1_000])(
    "end with a newline, with or without a carriage return, and with nothing else, in chunks of %i bytes",
    async (chunk) => {
      const text = "one\u2028still one\u2029\u0085\u000B\fone\r\n\ntwö\u{1F600}\rtwo\nlast";
      expect(await read(text, { chunk })).toEqual([
        [1, "one\u2028still one\u2029\u0085\u000B\fone"],
        [2, ""],
        [3, "twö\u{1F600}\rtwo"],
        [4, "last"],
      ]);
    },
  );

  it("have no byte order mark, also where files were put one behind the other", async () => {
    expect(await read("\uFEFFone\n\uFEFFtwo\n")).toEqual([
      [1, "one"],
      [2, "two"],
    ]);
  });

  it.each<[string, Buffer, RegExp]>([
    ["Latin-1", Buffer.from("ok\ncaf\u00E9!\n", "latin1"), /^line 2: it is not UTF-8: its byte 4 is 0xE9/],
    ["UTF-16", Buffer.from("\uFEFFone\n", "utf16le"), /^line 1: it is not UTF-8: its byte 1 is 0xFF/],
    ["half a character at the end", Buffer.from("one\n\u20AC").subarray(0, -1), /^line 2: it is not UTF-8/],
    ["half of a surrogate pair in three bytes", Buffer.from([0x61, 0xed, 0xa0, 0x80]), /^line 1: it is not UTF-8: its byte 2 is 0xED/],
  ])("are refused with their place if they are %s", async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message);
  });

  it("are refused as soon as they are longer than a text can be, and not held", async () => {
    async function* endless(): AsyncGenerator<Buffer> {
      yield Buffer.from("one\n");
      for (;;) yield Buffer.alloc(100, "x");
    }
    const readAll = async () => {
      for await (const line of readLines(endless(), 1_000)) expect(line.text).toBe("one");
    };
    await expect(readAll()).rejects.toThrow("line 2: it is longer than 1000 bytes");
  });
});
