import { describe, expect, test as it } from "vitest";
import { Project } from "../cli/perdure.ts";
import { runHere } from "../cli/run-here.ts";

interface Mistake {
  readonly files: Readonly<Record<string, string>>;
  /** The code behind the file or folder that is named. */
  readonly place: string;
  readonly says: string;
  readonly wayOut: string;
  /** A warning is shown and does not fail the command. */
  readonly isWarning?: true;
}

const folder = "domain/order/processes/order-lifecycle";
const handler = "export async function handler() {}";
const withConfig = (config: string) => ({ [`${folder}/index.js`]: `export const config = ${config};` });
const plain = `{ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: "7d" }`;
const withTimeout = (timeout: string) => withConfig(`({ events }) => (${plain.replace('"7d"', timeout)})`);
const declared = Object.fromEntries(["placed", "fulfilled", "paid"].map((name) => [`domain/order/events/order-${name}.js`, ""]));

const timeouts = ['"7 days"', '"1 month"', '""', '"7"', "-5", "null", "Infinity", '"1y"', "0", '"0d"'];

const mistakes: Readonly<Record<string, Mistake>> = {
  "1: a process folder without index": {
    files: { "domain/order/processes/refund/on-order-placed.js": handler },
    place: "domain/order/processes/refund  INDEX_MISSING",
    says: "the process folder has no index.js, so nothing says when refund starts and completes",
    wayOut: "Create domain/order/processes/refund/index.js with an export config",
  },
  "2: a config that is an object": {
    files: withConfig(`{ startedBy: ["OrderPlaced"] }`),
    place: `${folder}/index.js  CONFIG_FUNCTION_INVALID`,
    says: "config has to be a function, but is an object",
    wayOut: "Export it as a function: export const config = ({ events }) => ({ startedBy: [events.OrderPlaced]",
  },
  "3: a misspelt event": {
    files: withConfig(`({ events }) => (${plain.replace("OrderPlaced", "OrderPlcaed")})`),
    place: `${folder}/index.js  EVENT_UNKNOWN`,
    says: "startedBy names OrderPlcaed, which nothing declares and nothing handles; did you mean OrderPlaced?",
    wayOut: "Write OrderPlaced, or declare the event with a file order-plcaed.ts under order/events, or handle it with on-order-plcaed.ts.",
  },
  "4: a handler for an event that nobody declares": {
    files: { ...declared, [`${folder}/on-order-payed.js`]: handler },
    place: `${folder}/on-order-payed.js  EVENT_UNDECLARED`,
    says: "the handler is for OrderPayed, which is not declared; did you mean OrderPaid?",
    wayOut: "Rename on-order-payed.js to on-order-paid.js",
  },
  "5: a handler that is exported as default": {
    files: { [`${folder}/on-order-placed.js`]: "export default async function () {}" },
    place: `${folder}/on-order-placed.js  HANDLER_INVALID`,
    says: "the file exports no handler; it does export default",
    wayOut: "export async function handler({ event, commands }) { … }",
  },
  "6: an async config": {
    files: withConfig(`async ({ events }) => (${plain})`),
    place: `${folder}/index.js  CONFIG_FUNCTION_INVALID`,
    says: "config returns a promise, but a definition has to be known at once",
    wayOut: "Remove async.",
  },
  "7: a timeout of 7, which is milliseconds": {
    files: withTimeout("7"),
    place: `${folder}  TIMEOUT_SHORT`,
    says: "the timeout is the number 7, which is 7 ms",
    wayOut: 'Write the unit that is meant, such as "7d", or "7ms".',
    isWarning: true,
  },
  "29: a domain file with a syntax error": {
    files: { [`${folder}/on-order-placed.ts`]: "export const handler = ;" },
    place: `${folder}/on-order-placed.ts  IMPORT_FAILED`,
    says: "the file throws when it is imported: ParseError: Unexpected token",
    wayOut: "Correct on-order-placed.ts or what it imports.",
  },
  "29: a domain file that imports what is not there": {
    files: { [`${folder}/on-order-placed.ts`]: `import "./nowhere.ts";\n${handler}` },
    place: `${folder}/on-order-placed.ts  IMPORT_FAILED`,
    says: "Cannot find module './nowhere.ts'",
    wayOut: "Correct on-order-placed.ts or what it imports.",
  },
  "30: a file beside the process folders": {
    files: { "domain/order/processes/refund.js": handler },
    place: "domain/order/processes/refund.js  FILE_UNEXPECTED",
    says: "a process is a folder, and this file lies beside the process folders",
    wayOut: "Move it to domain/order/processes/refund/index.js",
  },
  "30: a helper in a process folder": {
    files: { [`${folder}/helpers.js`]: "" },
    place: `${folder}/helpers.js  FILE_UNEXPECTED`,
    says: "a process folder holds index, context, machine and on-<event-name> files, and this is none of them",
    wayOut: 'otherwise begin its name with "_" or move it into a folder of its own.',
  },
  "31: a folder process": {
    files: { "domain/order/process/refund/index.js": "" },
    place: "domain/order/process  FOLDER_MISNAMED",
    says: "nothing is read in a folder process of an aggregate; did you mean processes?",
    wayOut: "Its files belong in domain/order/processes",
  },
  "31: a folder processes beside the aggregates": {
    files: { "domain/processes/refund/index.js": "" },
    place: "domain/processes  FOLDER_MISNAMED",
    says: "processes lies beside the aggregates, where nothing in it is read",
    wayOut: "Move it into an aggregate's folder, domain/<aggregate>/processes",
    isWarning: true,
  },
  "31: a process folder that lies in its aggregate": {
    files: { "domain/order/refund/index.js": "", "domain/order/refund/on-order-placed.js": handler },
    place: "domain/order/refund  FOLDER_MISNAMED",
    says: "the folder holds handlers, and nothing in it is read, because it is not the folder of a process",
    wayOut: "Its files belong in domain/order/processes/refund",
    isWarning: true,
  },
  "31: handlers that lie in their aggregate": {
    files: { "domain/refund/on-order-placed.js": handler },
    place: "domain/refund  FOLDER_MISNAMED",
    says: "the folder holds handlers, and nothing in it is read",
    wayOut: "Its files belong in domain/refund/processes/<process>",
    isWarning: true,
  },
  "32: a handler's file in camelCase": {
    files: { [`${folder}/onOrderPaid.js`]: handler },
    place: `${folder}/onOrderPaid.js  NAME_NOT_KEBAB_CASE`,
    says: 'the file name "onOrderPaid.js" is not kebab-case',
    wayOut: "Rename the file to on-order-paid.js",
  },
  "32: a handler's file that is named as its event": {
    files: { [`${folder}/orderPaid.js`]: handler },
    place: `${folder}/orderPaid.js  FILE_UNEXPECTED`,
    says: "a process folder holds index, context, machine and on-<event-name> files, and this is none of them",
    wayOut: "Rename it to on-order-paid.js if it handles OrderPaid",
  },
  ...Object.fromEntries(
    ["OrderRefund", "order_refund"].map((name): [string, Mistake] => [
      `32: a process folder called ${name}`,
      {
        files: {
          [`domain/order/processes/${name}/index.js`]: `export const config = ({ events }) => (${plain});`,
          [`domain/order/processes/${name}/on-order-refund-failed.js`]: handler,
        },
        place: `domain/order/processes/${name}  NAME_NOT_KEBAB_CASE`,
        says: `the folder name "${name}" is not kebab-case`,
        wayOut: "Rename the folder to order-refund",
      },
    ]),
  ),
};

describe("perdure check names the thing, the place and the way out, and nothing else, of mistake", () => {
  it.each(Object.entries(mistakes))("%s", async (_, { files, place, says, wayOut, isWarning = false }) => {
    const { code, stdout } = await runHere(new Project(files), ["check"]);
    const [found, ...others] = stdout.split("\n\n").filter((part) => /^(?:error|warning) /.test(part));
    expect(found).toContain(` ${place}\n`);
    expect(found).toContain(says);
    expect(found).toContain(wayOut);
    // What the file lacks, because it is short, is no follow-up.
    expect(others.filter((other) => !/(?:TIMED_OUT|FAILED)_HANDLER_MISSING/.test(other))).toEqual([]);
    expect({ code, isWarning: found?.startsWith("warning") }).toEqual({ code: isWarning ? 0 : 1, isWarning });
  });
});

it("perdure check says of each timeout that is none what it is, and what can be written", async () => {
  const files = timeouts.map((timeout, at) => [
    `domain/order/processes/refund-${at}/index.js`,
    `export const config = ({ events }) => (${plain.replace('"7d"', timeout)});`,
  ]);
  const { code, stdout } = await runHere(new Project(Object.fromEntries(files) as Record<string, string>), ["check"]);
  expect(code).toBe(1);
  for (const [at, timeout] of timeouts.entries()) {
    const kind = timeout.startsWith('"') ? "the string " : timeout === "null" ? "" : "the number ";
    const why = at < 8 ? "a duration" : "longer than zero";
    expect(stdout).toContain(
      `refund-${at}/index.js  TIMEOUT_INVALID\n  the timeout is ${kind}${timeout}, which is not ${why}\n  Use a number with one of the units ms, s, m, h, d, w`,
    );
  }
});
