import * as fc from "fast-check";
import { validate, version } from "uuid";
import { expect, test as it } from "vitest";
import { deriveId, deriveOrderedId, systemIds } from "../../src/platform/ids.ts";

const positions = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const moments = fc.integer({ min: 0, max: 2 ** 48 - 1 });

it("derives from a name the same version 8 UUID each time, and from another name another one", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (name, other) => {
      const id = deriveId(name);
      expect(validate(id) && version(id)).toBe(8);
      expect(deriveId(name)).toBe(id);
      // Halves of surrogate pairs have no bytes of their own, and never come this far.
      fc.pre(name.isWellFormed() && other.isWellFormed() && name !== other);
      expect(deriveId(other)).not.toBe(id);
    }),
  );
});

it("derives from a moment, a position and a name a version 8 UUID that sorts by the moment", () => {
  fc.assert(
    fc.property(moments, moments, positions, fc.string(), fc.string(), (a, b, position, name, other) => {
      const [first, second] = [deriveOrderedId(a, position, name), deriveOrderedId(b, position, other)];
      expect(validate(first) && version(first)).toBe(8);
      expect(deriveOrderedId(a, position, name)).toBe(first);
      if (a !== b) expect(first < second).toBe(a < b);
      else if (name !== other) expect(first).not.toBe(second);
    }),
  );
});

it("sorts the identities of one moment by their positions, in runs of 4,096", () => {
  fc.assert(
    fc.property(moments, fc.nat(), fc.nat(0xfff), fc.nat(0xfff), (moment, run, a, b) => {
      const [first, second] = [a, b].map((position) => deriveOrderedId(moment, run * 0x1000 + position, String(position)));
      if (a !== b) expect(first! < second!).toBe(a < b);
    }),
  );
});

it("derives a well-formed UUID from moments before 1970 and beyond what the stamp holds", () => {
  for (const moment of [-1, -8.64e15, 2 ** 48, 8.64e15]) expect(validate(deriveOrderedId(moment, 1, "x"))).toBe(true);
});

it("makes new version 7 UUIDs that carry the present millisecond", () => {
  const before = Date.now();
  const ids = Array.from({ length: 10_000 }, () => systemIds.next());
  const after = Date.now();
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) {
    expect(validate(id) && version(id)).toBe(7);
    const stamp = Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
    expect(stamp).toBeGreaterThanOrEqual(before);
    expect(stamp).toBeLessThanOrEqual(after);
  }
});
