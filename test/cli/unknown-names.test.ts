import { describe, expect, test as it } from "vitest";
import { runHere } from "./run-here.ts";
import { openShop, place } from "./shop.ts";

describe("an id or a name that is nobody's ends a command with 3", () => {
  it.each([
    ["schedules", "run", "order/nothing"],
    ["scheduled", "cancel", "nobody"],
    ["scheduled", "cancel", "nobody", "--dry-run"],
    ["scheduled", "reschedule", "nobody", "--to", "3d"],
    ["dead-letters", "show", "nobody"],
    ["dead-letters", "retry", "nobody"],
    ["dead-letters", "retry", "nobody", "--dry-run"],
    ["show", "nobody"],
    ["cancel", "nobody"],
    ["cancel", "nobody", "--dry-run"],
  ])("%s %s %s %s", async (...args) => {
    const project = await openShop([place("o-1")]);
    const { code, stderr } = await runHere(project, args);
    expect(stderr).toMatch(/^error: (there is )?no /);
    expect(code).toBe(3);
  });
});
