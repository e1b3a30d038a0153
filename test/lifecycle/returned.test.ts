import { type CommandHandler } from "perdure";
import { createTestSystem } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";

/** What came of orders whose command `sendMail` returns `answers`, one each. */
async function returning(answers: readonly unknown[], option: "commands" | "dispatchCommand" = "commands") {
  const warnings: string[] = [];
  const handled: string[] = [];
  const lifecycle = defineLifecycle(
    {
      OrderPlaced: async ({ event, commands }) => void (await commands.sendMail!({ aggregateId: event.aggregateId })),
      MailSent: ({ event }) => void handled.push(event.aggregateId),
    },
    { timeout: "1d" },
  );
  // As a program in JavaScript returns it.
  const sendMail = (({ command }) => answers[Number(command.aggregateId)]) as CommandHandler<unknown>;
  await using test = await createTestSystem({
    definitions: [lifecycle],
    ...(option === "commands" ? { commands: { sendMail } } : { dispatchCommand: sendMail }),
    logger: { warn: (message) => void warnings.push(message) },
  });
  for (const index of answers.keys()) await test.dispatch({ type: "OrderPlaced", aggregateId: String(index) });
  return {
    warnings,
    handled,
    letters: [...test.deadLetters()],
    executed: test.commands().filter(({ executedAt }) => executedAt !== undefined).length,
  };
}

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

describe("what a command handler returns and is no event", () => {
  it.each<[string, unknown]>([
    ["an object with messageId, accepted", { messageId: "<1@mx>", accepted: ["ada@example.org"] }],
    ["a Response", new Response("{}")],
    ["a number", 7],
    ["a boolean", true],
    ["a string", "250 OK"],
    ["a function", () => {}],
    ["a bigint", 7n],
    ["an empty object", {}],
    ["an object with rowId", [{ rowId: 1 }, { rowId: 2 }]],
    ["an array", [[{ type: "MailSent", aggregateId: "0" }]]],
    ["a Map", new Map()],
    ['an object of the type "mail.sent"', { type: "mail.sent", aggregateId: "0" }],
    ["an object that cannot be read", [revoked()]],
    [
      "an object that cannot be read",
      [
        Object.defineProperty({}, "type", {
          enumerable: true,
          get: () => {
            throw new Error("closed");
          },
        }),
      ],
    ],
  ])("is ignored with a warning, and the command is done: %s", async (what, answer) => {
    for (const option of ["commands", "dispatchCommand"] as const) {
      const { warnings, letters, executed } = await returning([answer], option);
      expect(warnings).toEqual([
        expect.stringContaining(`command "sendMail" returned ${what}, which is not an event and was ignored. To return events,`),
      ]);
      expect({ letters, executed }).toEqual({ letters: [], executed: 1 });
    }
  });

  it("is warned of once for each command, however often it happens", async () => {
    const { warnings, executed } = await returning([1, 2, { messageId: "<3@mx>" }]);
    expect(warnings).toHaveLength(1);
    expect(executed).toBe(3);
  });

  it("leaves the events beside it in a list, and nothing needs no warning", async () => {
    const sent = { type: "MailSent", aggregateId: "0" };
    const { warnings, handled, letters } = await returning([[undefined, { rowId: 1 }, sent, null, sent]]);
    expect(handled).toEqual(["0", "0"]);
    expect(warnings).toHaveLength(1);
    expect(letters).toEqual([]);
    expect((await returning([undefined, null, [], [null, undefined]])).warnings).toEqual([]);
  });
});

describe("what a command handler returns and has the type of an event", () => {
  it.each<[string, unknown, RegExp]>([
    ["its aggregate is missing", { type: "MailSent" }, /returned event \(MailSent\): its aggregateId is missing/],
    [
      "a field is unknown",
      [
        { type: "MailSent", aggregateId: "0" },
        { type: "MailSent", aggregateId: "0", data: {} },
      ],
      /returned event 2 of 2 \(MailSent\).*no field "data"; did you mean payload\?/,
    ],
    [
      "it is of a class",
      new (class Sent {
        type = "MailSent";
        aggregateId = "0";
      })(),
      /returned event: it is a Sent, not an event/,
    ],
  ])("is checked strictly, and fails the command without retries where %s", async (_, answer, message) => {
    const { letters, handled, warnings } = await returning([answer]);
    expect(letters).toMatchObject([
      { kind: "command", attempts: 1, error: { code: "EVENT_INVALID", message: expect.stringMatching(message) as string } },
    ]);
    expect({ handled, warnings }).toEqual({ handled: [], warnings: [] });
  });
});
