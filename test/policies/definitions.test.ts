import { definePolicy, type PolicyOptions } from "perdure";
import { describe, expect, it } from "vitest";
import { codesOf, diagnose, handler, load, orderLifecycle } from "../definition/domain-folder.ts";

const orderPlaced = { "order/events/order-placed.ts": "", "order/events/order-fulfilled.ts": "" };

const policiesOf = async (files: Readonly<Record<string, string>>) => [...(await load(files)).domain.policies.values()];

const inCode = (options: Partial<Record<keyof PolicyOptions | "when", unknown>>) =>
  diagnose(
    {},
    { policies: [definePolicy({ aggregate: "order", name: "tell", on: "OrderPlaced", handler: () => {}, ...options } as never)] },
  );

describe("a file in a folder policies", () => {
  it("is a policy for the event of its name, without any process", async () => {
    const [policy, ...others] = await policiesOf({
      "order/policies/tell-stock-on-order-placed.ts": `/** Tells stock. */\n${handler}export const delay = "5m"; export const retry = { maxRetries: 1 }; export const timeout = 2_000;`,
    });
    expect(others).toEqual([]);
    expect(policy).toMatchObject({
      policy: "order/tell-stock-on-order-placed",
      aggregate: "order",
      name: "tell-stock-on-order-placed",
      on: "OrderPlaced",
      delay: { text: "5m", durationMs: 300_000 },
      settings: { retry: { maxRetries: 1 }, timeoutMs: 2_000 },
      description: "Tells stock.",
    });
  });

  it("is for the event that its export on says, of any aggregate, and of several that its name can mean for the one that is declared", async () => {
    const policies = await policiesOf({
      ...orderPlaced,
      "lamp/policies/turn-on-light-on-order-placed.ts": handler,
      "stock/policies/count.ts": `${handler}export const on = "OrderFulfilled";`,
      "stock/policies/log-on-log-on-order-placed.ts": `${handler}export const on = "OrderPlaced";`,
    });
    expect(policies.map(({ policy, on }) => `${policy} ${on}`)).toEqual([
      "lamp/turn-on-light-on-order-placed OrderPlaced",
      "stock/count OrderFulfilled",
      "stock/log-on-log-on-order-placed OrderPlaced",
    ]);
  });

  it.each([
    ["count.ts", handler, "POLICY_EVENT_INVALID", /does not say which event .*count-on-<event-name>/],
    ["turn-on-light-on-start.ts", handler, "POLICY_EVENT_INVALID", /can be for LightOnStart or for Start, and none .*on = "Start"/],
    [
      "tell-on-order-placed.ts",
      `${handler}export const on = "OrderFulfilled";`,
      "POLICY_EVENT_INVALID",
      /for OrderPlaced, and on says OrderFulfilled/,
    ],
    [
      "tell-on-order-placed.ts",
      `${handler}export const on = ["OrderPlaced"];`,
      "POLICY_EVENT_INVALID",
      /on has to be the type of one event, but is an array/,
    ],
    [
      "tell-on-order-plcaed.ts",
      handler,
      "EVENT_UNDECLARED",
      /OrderPlcaed, .*did you mean OrderPlaced\?.*Rename the file to tell-on-order-placed.ts/,
    ],
    ["tell.ts", `${handler}export const on = "OrderPlcaed";`, "EVENT_UNDECLARED", /did you mean OrderPlaced\?\. Write on: "OrderPlaced"/],
    ["tell-on-order-lifecycle-failed.ts", handler, "EVENT_RESERVED", /OrderLifecycleFailed, which order\/order-lifecycle makes itself/],
    ["tell-on-order-placed.ts", "export const handle = () => {};", "HANDLER_INVALID", /exports no handler; it does export handle/],
    ["tell-on-order-placed.ts", `${handler}export const delay = "soon";`, "SETTING_INVALID", /delay is the string "soon"/],
    ["tell-on-order-placed.ts", `${handler}export const retry = { maxRetries: -1 };`, "SETTING_INVALID", /retry.maxRetries/],
    ["tell-on-order-placed.ts", `${handler}export const timeout = 0;`, "SETTING_INVALID", /timeout/],
    ["TellOnOrderPlaced.ts", handler, "NAME_NOT_KEBAB_CASE", /Rename the file to tell-on-order-placed.ts/],
    ["tell-on-order-placed.ts", "throw new Error('no')", "IMPORT_FAILED", /throws when it is imported/],
  ])("%s is refused with a way out: %s", async (name, text, code, said) => {
    const diagnostics = await diagnose({ ...orderPlaced, ...orderLifecycle, [`order/policies/${name}`]: text });
    const found = diagnostics.find((each) => each.code === code);
    expect(codesOf(diagnostics)).toContain(code);
    expect(found).toMatchObject({ severity: "error", file: expect.stringContaining(`order/policies/${name}`) as string });
    expect(`${found!.reason}. ${found!.fix}`).toMatch(said);
  });

  it("is refused beside one of the same meaning, and beside a process of its name", async () => {
    const twins = { "order/policies/tell-on-order-placed.ts": handler, "order/policies/tell-on-order-placed.js": handler };
    expect(codesOf(await diagnose({ ...orderPlaced, ...twins }))).toEqual(["FILE_DUPLICATE"]);
    const named = { ...orderLifecycle, "order/policies/order-lifecycle.ts": `${handler}export const on = "OrderPlaced";` };
    expect(codesOf(await diagnose(named))).toEqual(["POLICY_DUPLICATE"]);
  });

  it("lies in a folder of that very name", async () => {
    for (const folder of ["policy", "Policies", "policys"]) {
      const diagnostics = await diagnose({ ...orderLifecycle, [`order/${folder}/tell-on-order-placed.ts`]: handler });
      expect(diagnostics).toMatchObject([{ code: "FOLDER_MISNAMED", reason: expect.stringContaining("did you mean policies?") as string }]);
    }
  });
});

describe("definePolicy", () => {
  it("makes what a file does", async () => {
    const policy = definePolicy({ aggregate: "order", name: "tell", on: "OrderPlaced", handler: () => {}, delay: 1_000 });
    const { domain } = await load({}, { policies: [policy] });
    expect([...domain.policies]).toEqual([["order/tell", policy]]);
    expect(policy).toMatchObject({ delay: { text: "1000ms", durationMs: 1_000 }, source: 'definePolicy("order/tell")' });
  });

  it.each([
    [{ aggregate: "Order" }, "NAME_NOT_KEBAB_CASE"],
    [{ name: 5 }, "NAME_NOT_KEBAB_CASE"],
    [{ on: "order placed" }, "POLICY_EVENT_INVALID"],
    [{ on: undefined }, "POLICY_EVENT_INVALID"],
    [{ handler: "run" }, "HANDLER_INVALID"],
    [{ delay: "1 fortnight" }, "SETTING_INVALID"],
    [{ when: "OrderPlaced" }, "SETTING_INVALID"],
  ])("reports %o when the system is created", async (options, code) => {
    expect(codesOf(await inCode(options))).toEqual([code]);
  });

  it("is what an entry of policies has to come from", async () => {
    const diagnostics = await diagnose({}, { policies: [{ policy: "order/tell" } as never] });
    expect(diagnostics).toMatchObject([
      { code: "DEFINITION_NOT_MADE", file: "policies[0]", reason: expect.stringContaining("definePolicy") as string },
    ]);
  });

  it("has a name of its own", async () => {
    const policy = definePolicy({ aggregate: "order", name: "tell", on: "OrderPlaced", handler: () => {} });
    expect(codesOf(await diagnose({}, { policies: [policy, policy] }))).toEqual(["POLICY_DUPLICATE"]);
  });
});
