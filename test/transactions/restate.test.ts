import { createRestateServices } from "perdure/restate";
import { expect, test } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";

test("a transactional command is refused on Restate, with a sentence", async () => {
  const commands = { book: { transaction: true, handler: () => {} } } as const;
  await expect(createRestateServices({ definitions: [defineLifecycle()], commands })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    problem: "the command book has transaction = true, and on Restate no database could be lent to it",
  });
});
