import { hostname } from "node:os";
import { describe, expect, test as it } from "vitest";
import { isOwnerGone, locateOwner, nameBriefly, nameOwner } from "../../src/platform/owner.ts";

const own = nameOwner("1b2c");
const [host, pid, id, machine, startedAt, thread] = own.split(":");
const name = (changes: { host?: string; pid?: number; machine?: string; startedAt?: string }) =>
  [changes.host ?? host, changes.pid ?? pid, id, changes.machine ?? machine, changes.startedAt ?? startedAt, thread].join(":");

describe("the name of an owner", () => {
  it("says where it runs, and is no other's", () => {
    expect(locateOwner(own)).toEqual({ host: hostname(), pid: process.pid });
    expect(nameBriefly(own)).toBe(`${hostname()}:${process.pid}:1b2c`);
    expect(machine).not.toBe("");
    expect(Number(startedAt)).toBeGreaterThan(0);
  });

  // No operating system gives an id as large as this one.
  const ended = 2 ** 30;
  it.each<[string, string, boolean]>([
    ["this OS process", own, false],
    ["another thread, or another copy of the package, in this OS process", name({}).replace(/\d+$/, "77"), false],
    ["an OS process that has ended", name({ pid: ended }), true],
    ["an OS process whose id has been given to another one", name({ startedAt: "1" }), true],
    ["another container of this machine", name({ pid: ended, machine: machine!.replace(/\d+$/, "1") }), false],
    ["a container with another host name", name({ pid: ended, host: "elsewhere" }), false],
    ["this machine before it was started again", name({ pid: ended, machine: "00000000-0000-0000-0000-000000000000/1" }), false],
    ["an OS process where the system tells too little", name({ pid: ended, machine: "", startedAt: "" }), false],
    ["an earlier version, whose name ends after the id", `${hostname()}:${ended}:1b2c`, false],
    ["nobody that could be read", "", false],
  ])("tells whether it is certainly gone: %s", (_, owner, isGone) => {
    expect(isOwnerGone(owner)).toBe(isGone);
  });
});
