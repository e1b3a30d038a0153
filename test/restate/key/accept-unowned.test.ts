import { expect, test } from "vitest";
import { acceptCommand } from "../../../src/restate/key/accept-unowned.ts";
import { createKeptKey } from "../../../src/restate/key/kept-key.ts";
import { LONGEST_KEY } from "../../../src/restate/key/key-size.ts";
import { openKey } from "../../../src/restate/key/open-key.ts";
import type { NewCommand } from "../../../src/store/commands.ts";

const command = {
  commandId: "c",
  type: "sendInvoice",
  aggregateId: "a",
  payload: "{}",
  process: "",
  processId: "@ a",
  instanceAggregateId: "a",
  correlationId: "c",
  causationId: "c",
  dispatchedAt: 0,
  dueAt: 0,
  origin: "event",
  invocation: null,
  lane: null,
  key: null,
} satisfies NewCommand;

test("a command from outside for which its key has no room is a dead letter that says so, and the next one that fits is stored", () => {
  // No rule is asked where nothing is decided.
  const key = openKey(createKeptKey({ process: "perdure/outside", aggregateId: "a" }), {} as never);
  const { letter } = acceptCommand(key, { ...command, payload: JSON.stringify("x".repeat(LONGEST_KEY)) }, 5);
  expect(letter).toMatchObject({ kind: "command", status: "open", processId: "", attempts: 0, error: expect.stringContaining("KEY_FULL") });
  expect(key.written.letters.get(letter!.deadLetterId)).toEqual(letter);
  expect(acceptCommand(key, command, 5)).toEqual({ isDuplicate: false });
  expect(key.kept.commands.map(({ record }) => record.seq)).toEqual([2]);
});
