import { fileURLToPath } from "node:url";
import { compileProcess, createProcessSystem } from "perdure";
import { createTestSystem, testProcess, verifyPaths } from "perdure/testing";
import { silentLogger } from "../support/silent-logger.ts";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { confirmPayment } from "../../examples/order-lifecycle/services/payment-provider.ts";

vi.mock("../../examples/order-lifecycle/services/payment-provider.ts", () => ({
  confirmPayment: vi.fn<() => Promise<void>>(async () => {}),
}));

// The files that follow in the same worker are to get the true one.
afterAll(() => vi.doUnmock("../../examples/order-lifecycle/services/payment-provider.ts"));

const domain = fileURLToPath(new URL("../../examples/order-lifecycle/domain", import.meta.url));
const folder = `${domain}/order/processes/order-lifecycle`;
const importModule = (file: string) => import(file) as Promise<Record<string, unknown>>;

const events = [
  { type: "OrderPlaced", payload: { customer: "ada@example.com", totalCents: 4_200 } },
  { type: "PaymentReceived", payload: { reference: "unreachable-1", amountCents: 4_200 } },
];

test("a domain that the test's own import loads shares its modules with the test, mocks included", async () => {
  onTestFinished(() => void vi.mocked(confirmPayment).mockClear());
  const shop = await createTestSystem({ domain, importModule });
  onTestFinished(() => shop[Symbol.asyncDispose]());
  await shop.dispatch(events.map((event) => ({ ...event, aggregateId: "o-1" })));
  expect(confirmPayment).toHaveBeenCalledExactlyOnceWith("unreachable-1");

  await testProcess(folder, { importModule })
    .given(events[0]!)
    .when(events[1]!)
    .then({ commands: ["packOrder"] });
  expect(confirmPayment).toHaveBeenCalledTimes(2);
  expect(await verifyPaths(folder, { events, importModule })).not.toHaveLength(0);
  expect((await compileProcess(folder, { importModule })).id).toBe("order/order-lifecycle");
});

test("createProcessSystem takes the same option", async () => {
  onTestFinished(() => void vi.mocked(confirmPayment).mockClear());
  await using system = await createProcessSystem({ domain, importModule, store: { path: ":memory:" }, logger: silentLogger });
  await system.start();
  await system.dispatch(events.map((event) => ({ ...event, aggregateId: "o-1" })));
  await system.whenIdle();
  expect(confirmPayment).toHaveBeenCalledExactlyOnceWith("unreachable-1");
});

test("one that forgets to return the exports is told so for every file", async () => {
  const forgetful = async (file: string) => void (await importModule(file));
  await expect(compileProcess(folder, { importModule: forgetful as unknown as typeof importModule })).rejects.toThrow(
    /on-order-placed\.ts\n.*importModule has to resolve with the exports of the file, but resolves with undefined/,
  );
});
