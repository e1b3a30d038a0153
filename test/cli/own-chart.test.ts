import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test as it } from "vitest";
import { projectFolder } from "../support/project-folder.ts";
import { hasClass, listElements, readXml } from "../graph/read-xml.ts";
import { Project } from "./perdure.ts";
import { runHere } from "./run-here.ts";
import { work } from "./shop.ts";

const anySchema = `export const payload = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };`;

const files = {
  ...Object.fromEntries(
    ["payment-asked", "payment-given-up", "card-given", "address-given"].map((name) => [`domain/order/events/${name}.ts`, anySchema]),
  ),
  "domain/order/processes/payment/index.ts": `export const config = () => ({ startedBy: ["PaymentAsked"], timeout: "30d" });`,
  "domain/order/processes/payment/machine.ts": `
    import { createMachine } from "xstate";
    export const machine = createMachine(
      {
        initial: "waiting",
        states: {
          waiting: {
            type: "parallel",
            on: { PaymentGivenUp: "givenUp" },
            states: {
              card: { initial: "unknown", states: { unknown: { after: { "3d": { actions: "remind" } }, on: { CardGiven: "known" } }, known: {} } },
              address: { initial: "unknown", states: { unknown: { on: { AddressGiven: "known" } }, known: {} } },
            },
          },
          givenUp: { type: "final" },
        },
      },
      { actions: { remind: () => {} } },
    );`,
  "domain/order/processes/payment/actions/remind.ts": "export async function handler() {}",
  "domain/order/processes/payment/on-payment-failed.ts": "export async function handler() {}",
};

/** A project with an instance whose card is known and whose address is not. */
async function openPayment(more: Readonly<Record<string, string>> = {}): Promise<Project> {
  const project = new Project({ ...files, ...more });
  symlinkSync(join(projectFolder, "node_modules/xstate"), join(project.folder, "node_modules/xstate"));
  await work(
    project,
    ["PaymentAsked", "AddressGiven"].map((type) => ({ type, aggregateId: "order-1", payload: {} })),
  );
  return project;
}

it("an instance with a chart of its own is shown with its state and the chart's timers, and drawn with its states lit", async () => {
  const project = await openPayment();
  const { stdout } = await runHere(project, ["show", "payment", "order-1"]);
  expect(stdout).toMatch(/^ {2}state {7}waiting\.card\.unknown, waiting\.address\.known$/m);
  expect(stdout).toMatch(/^ {2}KIND {5}DUE .* COMMAND OR TIMER$/m);
  expect(stdout).toMatch(/^ {2}after {4}.*\(in 3d\) +waiting\.card\.unknown after 3d$/m);
  expect(stdout).toMatch(/handled {2}AddressGiven {2}in waiting\.card\.unknown, waiting\.address\.known$/m);
  expect((await runHere(project, ["timers"])).stdout).toMatch(/waiting\.card\.unknown after 3d$/m);

  const picture = readXml((await runHere(project, ["show", "payment", "order-1", "--svg"])).stdout);
  const lit = listElements(picture).filter((element) => hasClass(element, "lit") && hasClass(element, "leaf"));
  expect(lit.map(({ children }) => children[0]!.text)).toEqual(["waiting.card.unknown", "waiting.address.known"]);
});

it("an event that starts a process is sent, though the chart or the process does nothing at it", async () => {
  const noHandler = {
    "domain/order/events/order-returned.ts": anySchema,
    "domain/order/processes/return/index.ts": `export const config = () => ({ startedBy: ["OrderReturned"], completedBy: [], timeout: "7d" });`,
  };
  const project = await openPayment(noHandler);
  const send = async (type: string) => (await runHere(project, ["send", type, "order-2"])).stdout;
  expect(await send("PaymentAsked")).toMatch(/^accepted: PaymentAsked order-2/);
  expect(await send("OrderReturned")).toMatch(/^accepted: OrderReturned order-2/);
  expect((await runHere(project, ["send", "OrderRetuned", "order-2"])).stderr).toContain("did you mean OrderReturned?");
});

it("perdure graph draws an own chart in each form, and marks the states that it is told", async () => {
  const project = await openPayment();
  const draw = async (...args: readonly string[]) => (await runHere(project, ["graph", "payment", ...args])).stdout;
  expect(await draw()).toContain('state "waiting" as in_waiting {');
  expect(await draw("--state", "waiting.card.known")).toContain("class in_waiting_card_known highlight");
  expect(await draw("--format", "dot", "--state", "givenUp")).toMatch(/^ *in_givenUp \[.*class="highlight"/m);
  expect(await draw("--format", "svg")).toMatch(/^<svg /);
  expect(JSON.parse(await draw("--format", "json"))).toMatchObject({ initial: "waiting", states: { givenUp: { type: "final" } } });
});

it("perdure graph refuses a state that the chart does not have, and suggests one that it has", async () => {
  const project = await openPayment();
  expect(await runHere(project, ["graph", "payment", "--state", "waiting.cart"])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /order\/payment has no state "waiting\.cart" in its chart; did you mean waiting\.card\?[^]*Its states: waiting, /,
    ) as string,
  });
  expect((await runHere(project, ["graph", "order-lifecycle", "--state", "open"])).stderr).toContain(
    "order/order-lifecycle has no chart of its own",
  );
});
