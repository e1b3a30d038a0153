import { inspect } from "node:util";
import { createTestSystem, type TestSystem } from "perdure/testing";
import { defineProcess, type ProcessSystemOptions } from "perdure";
import { expect, it, onTestFinished, vi } from "vitest";

type Held = TestSystem["system"]["commands"];

const names = ["toJSON", "inspect", "nodeType", "tagName", "asymmetricMatch", "$$typeof", "@@__IMMUTABLE_ITERABLE__@@", "then"];

/** What `look` makes of `commands` as a program holds them, and as a handler does. */
async function lookAt<Seen>(look: (commands: Held) => Seen, options: Pick<ProcessSystemOptions, "commands" | "dispatchCommand">) {
  const seen: Seen[] = [];
  const handler = ({ commands }: { readonly commands: unknown }) => void seen.push(look(commands as Held));
  const order = defineProcess({
    aggregate: "order",
    name: "order",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: "7d",
    on: { OrderPlaced: handler },
  });
  const test = await createTestSystem({ definitions: [order], ...options });
  onTestFinished(() => test.stop());
  await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  expect(test.deadLetters()).toEqual([]);
  expect(seen).toHaveLength(1);
  return [seen[0]!, look(test.system.commands)] as const;
}

it.each<[string, Pick<ProcessSystemOptions, "commands" | "dispatchCommand">]>([
  ["commands have handlers", { commands: { sendMail: () => {} } }],
  ["every command is executed by one function", { dispatchCommand: () => {} }],
])("is an object as any other to those who convert, show or compare it, where %s", async (_, options) => {
  const look = (commands: Held) => {
    const { [Symbol.iterator]: iterator } = commands as unknown as Record<symbol, unknown>;
    const own = commands as unknown as Record<string, unknown>;
    return {
      json: JSON.stringify({ commands }),
      text: Reflect.apply(String, undefined, [commands]),
      constructor: own["constructor"],
      iterator,
      shown: typeof inspect(commands),
      found: names.filter((name) => own[name] !== undefined || name in own || Object.hasOwn(own, name)),
    };
  };
  for (const seen of await lookAt(look, options)) {
    expect(seen).toEqual({
      json: '{"commands":{}}',
      text: "[object Object]",
      constructor: Object,
      iterator: undefined,
      shown: "string",
      found: [],
    });
  }
});

it("is a command where a command has the name that tools read", async () => {
  const ran: string[] = [];
  const commands = { inspect: () => void ran.push("inspect"), toString: () => void ran.push("toString") };
  const look = async (held: Held) => {
    await held["inspect"]!({ aggregateId: "o-1" });
    await (held["toString"] as unknown as NonNullable<Held[string]>)({ aggregateId: "o-1" });
    return Object.keys(held);
  };
  const looks = await lookAt(look, { commands });
  for (const keys of looks) expect(await keys).toEqual(["inspect", "toString"]);
  await vi.waitFor(() => expect(ran.toSorted()).toEqual(["inspect", "inspect", "toString", "toString"]));
});

it("refuses the name of an unknown command that tools do not read", async () => {
  const test = await createTestSystem({ commands: { sendMail: () => {} } });
  onTestFinished(() => test.stop());
  await expect(test.system.commands["sendMial"]!({ aggregateId: "o-1" })).rejects.toThrow("did you mean sendMail");
});
