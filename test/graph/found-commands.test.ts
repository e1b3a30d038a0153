import { defineProcess, type ProcessOptions } from "perdure";
import { describe, expect, test as it } from "vitest";
import { findCommands } from "../../src/graph/domain/found-commands.ts";
import { drawDot } from "../../src/graph/draw-dot.ts";
import { drawMermaid } from "../../src/graph/draw-mermaid.ts";
import { describeMachine } from "../../src/machine/chart.ts";
import { compileMachine } from "../../src/machine/compile-machine.ts";
import { runHere } from "../cli/run-here.ts";
import { fulfil, openShop, place } from "../cli/shop.ts";
import { readPicture, readTitle } from "./read-svg.ts";
import { hasClass, listElements } from "./read-xml.ts";

const options: ProcessOptions = {
  aggregate: "customer",
  name: "trial",
  startedBy: ["TrialStarted"],
  completedBy: ["TrialStarted", "TrialConverted"],
  timeout: "14d",
  on: {
    TrialStarted: async ({ event: { aggregateId }, commands }) => {
      await commands.sendWelcomeEmail!({ aggregateId });
      await commands.sendReminder!({ aggregateId, delay: "7d" });
      await commands.sendReminder!({ aggregateId, delay: "12d" });
    },
    TrialExtended: () => {},
  },
  onTimedOut: ({ event: { aggregateId }, commands }) => commands.closeAccount!({ aggregateId }),
};
const trial = defineProcess(options);
const chart = describeMachine(compileMachine(trial));

describe("the picture of a process", () => {
  it("has the commands of each handler below it, dashed, and says what that means", async () => {
    const { boxes, rows, elements } = readPicture(chart, { found: await findCommands(trial) });
    const textsOf = (element: (typeof elements)[number]) =>
      listElements(element)
        .filter((each) => hasClass(each, "found"))
        .map(({ children }) => children.find(({ name }) => name === "text")!.text);
    const [timedOut] = boxes.filter(({ state }) => state === "timed_out");
    const row = rows.find((each) => readTitle(each).startsWith("TrialStarted"))!;
    expect(textsOf(row)).toEqual(["sendWelcomeEmail", "sendReminder after 7d", "sendReminder after 12d"]);
    expect(readTitle(row)).toContain("→ sendReminder after 12d");
    expect(textsOf(timedOut!.group)).toEqual(["closeAccount"]);
    const description = elements.find(({ name }) => name === "desc")!.text;
    expect(description).toContain(
      "on-trial-started: dispatches sendWelcomeEmail, sendReminder after 7d, sendReminder after 12d, found in its code.",
    );
    expect(elements.some(({ text }) => text === "Dashed: commands whose names were found in the code of the handler.")).toBe(true);
  });

  it("says nothing of commands where none was found", () => {
    const { elements } = readPicture(chart);
    expect(elements.filter((each) => hasClass(each, "found") || hasClass(each, "legend"))).toEqual([]);
    expect(`${drawMermaid(chart)}${drawDot(chart)}`).not.toContain("dispatch");
  });

  it("has them as lines below their handlers where it is text: in a state's box, and at an arrow", async () => {
    const found = await findCommands(trial);
    const mermaid = drawMermaid(chart, { found });
    const commands = ["sendWelcomeEmail", "sendReminder after 7d", "sendReminder after 12d"].map((name) => `may dispatch ${name}`);
    expect(mermaid).toContain(
      `  started --> completed: TrialStarted / on-trial-started<br/>${commands.join("<br/>")}<br/>TrialConverted\n`,
    );
    expect(mermaid).toContain("  timed_out: entry / on-trial-timed-out\n  timed_out: may dispatch closeAccount\n");
    expect(drawDot(chart, { found })).toContain(`label="TrialStarted / on-trial-started\\l${commands.join("\\l")}\\lTrialConverted\\l"`);
    expect(drawDot(chart, { found })).toContain(String.raw`entry / on-trial-timed-out\lmay dispatch closeAccount\l"`);
  });

  it("has a line of a terminal for each command of a state, in the words of the handler", async () => {
    const project = await openShop([]);
    const { stdout } = await runHere(project, ["graph", "order-lifecycle"]);
    expect(stdout).toContain("\n  started: OrderPlaced / on-order-placed\n  started: may dispatch sendWelcomeEmail after 1h\n");
    expect((await runHere(project, ["graph", "order-lifecycle", "--format", "dot"])).stdout).toContain(
      "may dispatch sendWelcomeEmail after 1h",
    );
  });

  it("marks the events that begin an instance, also one that completes it as well", () => {
    const { rows } = readPicture(chart);
    const marks = rows.map((row) => [
      row.children.find((each) => hasClass(each, "name"))!.text,
      row.children.some((each) => hasClass(each, "start")),
      row.children.some((each) => hasClass(each, "line")),
    ]);
    expect(marks.toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1))).toEqual([
      ["TrialConverted", false, true],
      ["TrialExtended", false, false],
      ["TrialStarted", true, true],
    ]);
  });

  it("has its boxes in two columns whose edges meet, and no band without an event below the last", () => {
    // Its timed-out handler has a name that is wider than the box would be.
    const long = defineProcess({ ...options, name: "trial-of-a-yearly-subscription" });
    const { boxes, rows } = readPicture(describeMachine(compileMachine(long)));
    const [started, completed, timedOut, failed] = boxes;
    expect([failed!.left, failed!.right]).toEqual([started!.left, started!.right]);
    expect([timedOut!.left, timedOut!.right]).toEqual([completed!.left, completed!.right]);
    const lowest = Math.max(...rows.flatMap(listElements).map(({ attributes }) => Number(attributes.y ?? 0)));
    expect(started!.bottom - lowest).toBeLessThan(50);
  });

  it("names the instance, where it is one of an instance, and what its handlers dispatch", async () => {
    const project = await openShop([place("order-1"), fulfil("order-1")]);
    const { stdout } = await runHere(project, ["show", "order-lifecycle", "order-1", "--svg"]);
    expect(stdout).toMatch(/>order-1: completed, process id [0-9a-f-]{36}</);
    expect(stdout).toMatch(/>started \d{4}-\d\d-\d\d [\d:]+Z, updated \d{4}-\d\d-\d\d [\d:]+Z, ended \d{4}-\d\d-\d\d [\d:]+Z</);
    expect(stdout).toContain(">sendWelcomeEmail after 1h<");
    const { stdout: drawn } = await runHere(project, ["graph", "order-lifecycle", "--format", "svg"]);
    expect(drawn).toContain(">sendWelcomeEmail after 1h<");
    expect(drawn).not.toContain("order-1");
  });
});
